package optest

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optable"
)

// goldenTraining holds losses and gradients of the first iteration against the golden vectors.
func goldenTraining(t *testing.T, e graph.Executor, name string) {
	v := LoadTraining(t, name)
	weights := map[string][]float32{}
	for _, network := range []string{"dis", "gen"} {
		t.Run(name+"/"+network, func(t *testing.T) {
			g := v.Step(t, network)
			values := v.stepInputs(t, g, network, weights)
			params := e.NewParams(v)
			defer params.Close()
			p, err := e.Compile(t.Context(), g, params)
			require.NoError(t, err)
			defer p.Close()
			got, err := optable.Once(t.Context(), e, p, g, values)
			require.NoError(t, err)
			for i := range g.Outputs() {
				name := g.OutputName(i)
				requireFinite(t, got[i])
				if loss, ok := v.Losses[0][name]; ok {
					assert.InEpsilon(t, loss, got[i][0], maxLossError, name)
					continue
				}
				want, ok := v.Tensors[name]
				if !ok {
					require.Contains(t, v.Tensors, otherDomain.Replace(name), "golden vectors hold the gradients of one domain at least")
					continue
				}
				assert.LessOrEqual(t, optable.NMSE(got[i], want), maxGradientNMSE, name)
			}
			for key, w := range weights { // the discriminators' update comes before the generators' gradients
				if strings.HasPrefix(key, network) {
					i := outputOf(t, g, "grad."+v.Golden(key))
					v.firstUpdate(w, got[i])
				}
			}
		})
	}
}

// stepInputs are the values of g's inputs: the golden pictures and styles, and weights, which are filled where they are missing.
func (v *TrainingVectors) stepInputs(t *testing.T, g *graph.Graph, network string, weights map[string][]float32) map[string][]float32 {
	values := map[string][]float32{}
	for _, n := range g.Inputs() {
		switch n.Name {
		case "x_a", "x_b":
			values[n.Name] = v.Tensors["it0."+n.Name]
		case "s_a", "s_b":
			values[n.Name] = v.Tensors["it0."+network+"."+n.Name]
		default:
			if weights[n.Name] == nil {
				w, err := v.Float32s(n.Name, n.Shape)
				require.NoError(t, err)
				weights[n.Name] = w
			}
			values[n.Name] = weights[n.Name]
		}
	}
	return values
}

var otherDomain = strings.NewReplacer("_a.", "_b.", "_b.", "_a.")

// firstUpdate is Adam's first step from w with gradient d (Kingma and Ba 2015; the vectors' eps is 1e-8): both moments, corrected for their
// bias, are then those of the gradient itself.
func (v *TrainingVectors) firstUpdate(w, d []float32) {
	for i := range w {
		slope := float64(d[i]) + v.Training.WeightDecay*float64(w[i])
		w[i] -= float32(v.Training.LR * slope / (math.Abs(slope) + 1e-8))
	}
}

func outputOf(t *testing.T, g *graph.Graph, name string) int {
	for i := range g.Outputs() {
		if g.OutputName(i) == name {
			return i
		}
	}
	require.Fail(t, "no output "+name)
	return -1
}

func requireFinite(t *testing.T, v []float32) {
	for i, x := range v {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			require.Failf(t, "not finite", "value %d is %v", i, x)
		}
	}
}
