package train

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInitSharedStartsBothGeneratorsAlike(t *testing.T) {
	const layer = "enc_content.model.1.conv.weight"
	draw := func(shared bool, name string) []float32 {
		values, err := initial{"kaiming", "gaussian", shared, 7}.Float32s(name, []int{4, 3, 3, 3})
		require.NoError(t, err)
		return values
	}
	a := draw(false, "gen_a."+layer)
	assert.Equal(t, a, draw(true, "gen_a."+layer), "a is what it is without")
	assert.Equal(t, a, draw(true, "gen_b."+layer))
	assert.NotEqual(t, a, draw(false, "gen_b."+layer))
	assert.NotEqual(t, draw(true, "dis_a.cnns.0.0.conv.weight"), draw(true, "dis_b.cnns.0.0.conv.weight"), "discriminators see different pictures")
}

// TestDisInit: NVlabs' N(0, 0.02²) or Kaiming's √(2/fan in), and of the discriminators alone.
func TestDisInit(t *testing.T) {
	deviation := func(dis, name string) float64 {
		values, err := initial{"gaussian", dis, false, 7}.Float32s(name, []int{32, 8, 4, 4})
		require.NoError(t, err)
		sum := 0.0
		for _, v := range values {
			sum += float64(v) * float64(v)
		}
		return math.Sqrt(sum / float64(len(values)))
	}
	assert.InEpsilon(t, 0.02, deviation("gaussian", "dis_a.cnns.0.1.conv.weight"), 0.05)
	assert.InEpsilon(t, 0.125, deviation("kaiming", "dis_a.cnns.0.1.conv.weight"), 0.05)
	assert.InEpsilon(t, 0.02, deviation("kaiming", "gen_a.dec.model.0.conv.weight"), 0.05)
}
