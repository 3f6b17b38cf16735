package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// TestContentOfAnotherTranslator: it is refused, whether the other has the same model or one of another shape, and stays of use to its own.
func TestContentOfAnotherTranslator(t *testing.T) {
	deeper := model(func(c *weights.Config) { c.Gen.NDownsample = 3 })
	for _, d := range []runtime.Device{runtime.DeviceCPU, runtime.DeviceGPU} {
		own := load(t, model(nil), d)
		c, err := own.Encode(t.Context(), gradient(22, 22), weights.A2B)
		require.NoError(t, err)
		want, err := own.Decode(t.Context(), c, own.RandomStyle(1, 0))
		require.NoError(t, err)
		for _, m := range []*weights.Model{model(nil), deeper} {
			other := load(t, m, d)
			before := other.Memory()
			_, err = other.Decode(t.Context(), c, other.RandomStyle(1, 0))
			require.ErrorIs(t, err, runtime.ErrForeign)
			_, err = other.DecodeBatch(t.Context(), c, nil)
			require.ErrorIs(t, err, runtime.ErrForeign)
			require.Equal(t, 1, other.Batch(c))
			require.Equal(t, before, other.Memory(), "nothing was computed for it")
		}
		got, err := own.Decode(t.Context(), c, own.RandomStyle(1, 0))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestNothing: what is missing is an error, not a panic.
func TestNothing(t *testing.T) {
	tr := load(t, model(nil), runtime.DeviceCPU)
	_, err := tr.Encode(t.Context(), nil, weights.A2B)
	assert.Error(t, err)
	_, err = tr.StyleOf(t.Context(), nil, weights.A2B)
	assert.Error(t, err)
	_, err = tr.Decode(t.Context(), nil, tr.RandomStyle(0, 0))
	assert.ErrorIs(t, err, runtime.ErrForeign)
	_, err = tr.Decode(t.Context(), &runtime.Content{}, tr.RandomStyle(0, 0))
	assert.ErrorIs(t, err, runtime.ErrForeign)
	assert.Equal(t, 1, tr.Batch(nil))
	new(runtime.Content).Close()
	(*runtime.Content)(nil).Close()
	_, err = runtime.Load(t.Context(), nil, runtime.Options{Device: runtime.DeviceCPU})
	assert.Error(t, err)
}

// TestModelsMadeByHand: a config that no file could have is refused when the model is loaded.
func TestModelsMadeByHand(t *testing.T) {
	for key, change := range map[string]func(c *weights.Config){
		"gen.pad_type":     func(c *weights.Config) { c.Gen.PadType = "circular" },
		"gen.activ":        func(c *weights.Config) { c.Gen.Activ = "gelu" },
		"gen.n_downsample": func(c *weights.Config) { c.Gen.NDownsample = -1 },
		"gen.style_dim":    func(c *weights.Config) { c.Gen.StyleDim = 0 },
		"gen.dec_norm":     func(c *weights.Config) { c.Gen.DecNorm = "bn" },
	} {
		m := model(nil)
		change(&m.Config)
		_, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
		assert.ErrorContains(t, err, key)
	}
}
