package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/weights"
)

// TestNoiseIsItsSeed: where noise tells pictures apart, a seed gives the same one on the CPU, by several threads and on a GPU, drawn alone or with
// others; another gives another. It is so for noise that joins the picture, and for noise on the code.
func TestNoiseIsItsSeed(t *testing.T) {
	for _, kind := range []weights.Config{{Method: "CycleGANNoise"}, {Method: "UNIT", Noise: true}} {
		t.Run(kind.Method, func(t *testing.T) {
			m := model(func(c *weights.Config) {
				c.Method, c.Noise = kind.Method, kind.Noise
				c.Gen.Dim, c.Gen.MLPDim, c.Gen.StyleDim = 32, 0, 0
			})
			img := gradient(40, 33)
			one := load(t, m, runtime.DeviceCPU)
			styles := []runtime.Style{one.RandomStyle(1, 0), one.RandomStyle(1, 1), one.RandomStyle(1, 2)}
			want, err := one.Translate(t.Context(), img, weights.A2B, styles[1])
			require.NoError(t, err)

			lead, _ := hire(t, m, 1)
			for name, tr := range map[string]*runtime.Translator{"threads": lead, "gpu": load(t, m, runtime.DeviceGPU)} {
				c, err := tr.Encode(t.Context(), img, weights.A2B)
				require.NoError(t, err)
				defer c.Close()
				all, err := tr.DecodeBatch(t.Context(), c, styles)
				require.NoError(t, err, name)
				assert.LessOrEqual(t, optest.MaxLevels(all[1], want), 2, name)
				alone, err := tr.Decode(t.Context(), c, styles[1])
				require.NoError(t, err, name)
				assert.LessOrEqual(t, optest.MaxLevels(alone, want), 2, name)
				assert.Greater(t, optest.MaxLevels(all[0], all[1]), 2, "%s: other noise, another picture", name)
			}
			_, err = one.StyleOf(t.Context(), img, weights.A2B)
			assert.ErrorIs(t, err, runtime.ErrStyleLength)
			assert.ErrorContains(t, err, "noise")
			_, err = one.Translate(t.Context(), img, weights.A2B, nil)
			assert.ErrorIs(t, err, runtime.ErrStyleLength)
		})
	}
}
