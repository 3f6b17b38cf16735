package nvlabs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// The keys are those of gen.pt, which PyTorch wrote, in full: load_state_dict is strict.
func TestStateDictHasTheCheckpointsKeys(t *testing.T) {
	cfg := tinyConfig(t)
	m := formula.Model(cfg, "golden/tiny", "a", "b")
	file := testdata(t, "gen.pt")
	for _, d := range weights.Domains {
		assert.Equal(t, nvlabs.ShapesIn(t, file, d), shapes(stateDict(t, m, d)))
	}
	dict := stateDict(t, m, weights.A)
	assert.Equal(t, m.Tensors["gen_a.mlp.model.0.fc.weight"].Float32s(), dict["mlp.model.0.fc.weight"].Float32s())
	assert.Equal(t, make([]float32, 8), dict["enc_content.model.0.conv.bias"].Float32s())
	assert.Equal(t, float32(1), dict["dec.model.0.model.0.model.1.norm.running_var"].Float32s()[0])
}

func stateDict(t *testing.T, m *weights.Model, d weights.Domain) map[string]*weights.Tensor {
	t.Helper()
	dict, err := nvlabs.StateDict(m, d)
	require.NoError(t, err)
	return dict
}

func TestNoStateDictOfOtherNorms(t *testing.T) {
	cfg := tinyConfig(t)
	cfg.Gen.DecNorm = weights.LayerNormVarEps
	_, err := nvlabs.StateDict(formula.Model(cfg, "x", "a", "b"), weights.A)
	assert.ErrorContains(t, err, "dec_norm ln_var_eps")
}

func shapes(dict map[string]*weights.Tensor) map[string][]int {
	all := map[string][]int{}
	for name, tensor := range dict {
		all[name] = tensor.Shape
	}
	return all
}

func TestStateDictOfPartOfAModel(t *testing.T) {
	m, err := formula.Model(tinyConfig(t), "golden/tiny", "a", "b").Only(weights.A2B)
	require.NoError(t, err)
	for name := range stateDict(t, m, weights.A) {
		assert.Contains(t, name, "enc_content.")
	}
	assert.NotContains(t, stateDict(t, m, weights.B), "enc_content.model.0.conv.weight")
}
