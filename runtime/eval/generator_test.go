package eval

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// TestWeightsOutOfRange: what a Translator refuses is not scored either, wherever the weights are. Style encoders have no such bound: see Graphs.Codes.
func TestWeightsOutOfRange(t *testing.T) {
	e := cpu.New(cpu.Options{})
	defer e.Close()
	c := weights.Config{InputDimA: 3, InputDimB: 3, Gen: weights.Gen{Dim: 4, MLPDim: 8, StyleDim: 4, Activ: "relu", NDownsample: 1, NRes: 1, PadType: "reflect"}}
	for _, factor := range []float32{10, 1e20} {
		for _, part := range []weights.Part{weights.EncContent, weights.MLP, weights.Dec} {
			for _, d := range weights.Domains {
				m := formula.Model(c, "generator", "a", "b")
				for _, k := range c.Keys(d.Network(part)) {
					values, err := m.Float32s(d.Tensor(k.Name), k.Shape)
					require.NoError(t, err)
					for i := range values {
						values[i] *= factor
					}
					m.Tensors[d.Tensor(k.Name)] = weights.NewTensor(k.Shape, values)
				}
				g, err := NewGenerator(t.Context(), e, m, Model(c, weights.A2B, 16, 16, 2))
				unused := d == weights.A && part != weights.EncContent
				if factor > 10 && !unused {
					require.ErrorIs(t, err, graph.ErrWeightRange, "%s of %s", part, d)
					continue
				}
				require.NoError(t, err, "%g times %s of %s", factor, part, d)
				g.Close()
			}
		}
	}
}
