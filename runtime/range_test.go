package runtime_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// TestStylesOutOfRange: a style is refused before it overflows, on every device alike, and what is not refused looks the same on all.
func TestStylesOutOfRange(t *testing.T) {
	on := map[runtime.Device]*runtime.Translator{}
	for _, d := range []runtime.Device{runtime.DeviceCPU, runtime.DeviceGPU} {
		on[d] = load(t, model(nil), d)
	}
	refused, drawn := 0, 0
	for exponent := 0; exponent <= 38; exponent++ {
		s := on[runtime.DeviceCPU].RandomStyle(4, exponent)
		s[3] = float32(math.Pow10(exponent))
		cpu, err := on[runtime.DeviceCPU].Translate(t.Context(), gradient(24, 20), weights.A2B, s)
		gpu, errGPU := on[runtime.DeviceGPU].Translate(t.Context(), gradient(24, 20), weights.A2B, s)
		if err != nil {
			require.ErrorIs(t, err, runtime.ErrStyleRange)
			require.ErrorContains(t, err, "a value of 1e+")
			require.EqualError(t, errGPU, err.Error())
			refused++
			continue
		}
		require.NoError(t, errGPU)
		require.Zero(t, refused, "the larger, the worse")
		require.LessOrEqual(t, optest.MaxLevels(cpu, gpu), 2, "1e%d", exponent)
		drawn++
	}
	require.Greater(t, drawn, 6, "nobody's styles are refused")
	require.Greater(t, refused, 15)
}

// TestWeightsOutOfRange: likewise with weights, wherever they are.
func TestWeightsOutOfRange(t *testing.T) {
	scaled := func(factor float32, part weights.Part) *weights.Model {
		m := model(nil)
		for _, d := range weights.Domains {
			for _, k := range m.Config.Keys(d.Network(part)) {
				name := d.Tensor(k.Name)
				values, err := m.Float32s(name, m.Tensors[name].Shape)
				require.NoError(t, err)
				for i := range values {
					values[i] *= factor
				}
				m.Tensors[name] = weights.NewTensor(m.Tensors[name].Shape, values)
			}
		}
		return m
	}
	for part, use := range map[weights.Part]func(tr *runtime.Translator) error{
		weights.EncContent: func(tr *runtime.Translator) error {
			_, err := tr.Encode(t.Context(), gradient(16, 16), weights.A2B)
			return err
		},
		weights.EncStyle: func(tr *runtime.Translator) error {
			_, err := tr.StyleOf(t.Context(), gradient(16, 16), weights.A2B)
			return err
		},
		weights.MLP: func(tr *runtime.Translator) error {
			_, err := tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(0, 0))
			return err
		},
		weights.Dec: func(tr *runtime.Translator) error {
			_, err := tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(0, 0))
			return err
		},
	} {
		assert.NoError(t, use(load(t, scaled(10, part), runtime.DeviceCPU)), part)
		assert.ErrorIs(t, use(load(t, scaled(1e20, part), runtime.DeviceCPU)), runtime.ErrWeightRange, part)
	}
}

// TestEveryModelIsInRange: the bounds are wide enough for each kind of network and for large pictures.
func TestEveryModelIsInRange(t *testing.T) {
	for _, activ := range weights.Activations {
		cfg := model(func(c *weights.Config) { c.Gen.Activ, c.Gen.NRes, c.Gen.Dim, c.Gen.MLPDim = activ, 4, 16, 64 }).Config
		tr := load(t, formula.Model(cfg, "translator", "a", "b"), runtime.DeviceCPU)
		_, err := tr.Translate(t.Context(), gradient(96, 64), weights.A2B, tr.RandomStyle(0, 0))
		require.NoError(t, err, activ)
	}
}
