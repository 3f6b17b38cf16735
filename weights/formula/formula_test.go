package formula_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// The expected values were computed by the float32 reference that made the golden vectors.
func TestValuesAreTheReferences(t *testing.T) {
	const seed = "golden/tiny"
	fc := formula.Values(seed, "a", "mlp.model.0.fc.weight", []int{32, 8})
	assert.InDeltaSlice(t, []float32{-0.07166822, 0.30118507, 0.53301835}, fc[:3], 1e-8)
	gamma := formula.Values(seed, "a", "dec.model.2.norm.gamma", []int{16})
	assert.InDeltaSlice(t, []float32{0.87692463, 0.59531879}, gamma[:2], 1e-8)
	// The uniform values themselves, through a vector's factor.
	u := formula.Values(seed, "a", "mlp.model.0.fc.weight", []int{4})
	assert.InDeltaSlice(t, []float32{-0.08275533 / 10, 0.34777856 / 10, 0.61547661 / 10, 0.86520600 / 10}, u, 1e-8)
}

func TestModelIsWholeAndLeavesOutEmptyNames(t *testing.T) {
	cfg := weights.Config{
		Gen:       weights.Gen{Dim: 2, MLPDim: 4, StyleDim: 3, Activ: "prelu", NDownsample: 1, NRes: 1, PadType: "zero"},
		InputDimA: 1, InputDimB: 3,
	}
	require.NoError(t, cfg.Validate())
	m := formula.Model(cfg, "peer", "", "")
	assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
	key := "mlp.model.1.fc.bias"
	assert.Equal(t, m.Tensors["gen_a."+key], m.Tensors["gen_b."+key])
	assert.Equal(t, formula.Values("x", "peer", key, []int{4}), formula.Values("x/peer", "", key, []int{4}))
}
