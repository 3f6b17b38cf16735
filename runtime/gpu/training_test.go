package gpu

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/shaders"
	"github.com/webmunit/webmunit/weights"
)

// reconstruction is MUNIT's content encoder and decoder on a picture of size×size, with weights that training changes, and their gradients if asked.
func reconstruction(size int, gradients bool) *graph.Graph {
	g := graph.New()
	learned := &net.Trainable{Graph: g}
	b := net.Builder{Graph: g, Weight: learned.Weight, Config: weights.Config{InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 4, MLPDim: 8, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 2, PadType: "reflect"}}}
	x := g.Input("x", 1, 3, size, size)
	y := b.Decode(weights.A, b.EncodeContent(weights.A, x), b.MLP(weights.A, g.Input("style", 1, 8)))
	loss := g.ReduceMean(g.Activate(graph.ActAbs, g.Sub(y, x)))
	g.Output("loss", loss)
	if gradients {
		for i, d := range g.Gradient(loss, learned.Inputs) {
			g.Output(learned.Inputs[i].Name, d)
		}
	}
	return g
}

// TestTrainingIsOfThePlan: that gradients go through a convolution, and not where its weights lie, decides what may compute it.
func TestTrainingIsOfThePlan(t *testing.T) {
	const content = 16 // channels; a picture's content has a sixteenth of its pixels
	type counts struct{ forward, backward int }
	filtered := func(g *graph.Graph) (by, all counts) {
		require.NoError(t, g.Err())
		for _, n := range convs(g) {
			if w := n.Inputs[1].Shape; w[2] != 3 || n.Stride != 1 || min(w[0], w[1]) < content {
				continue
			}
			pass := func(c *counts) *int {
				if n.Inputs[1].Op == graph.OpFlipKernels {
					return &c.backward
				}
				return &c.forward
			}
			*pass(&all)++
			assert.Equal(t, g.Training() && n.Inputs[1].Op != graph.OpFlipKernels, n.Differentiated, n.Name)
			if strings.HasPrefix((&choices{}).pick(n).name, "winograd") {
				*pass(&by)++
			}
		}
		return by, all
	}
	plan := func(g *graph.Graph) (transforms int) {
		p, err := newPlan(t.Context(), g, wholly)
		require.NoError(t, err)
		assert.Equal(t, g.Training(), p.Training)
		for _, c := range p.calls {
			if c.kernel == shaders.Kernel(shaders.WinogradWeights{Square: 4}) {
				transforms++
			}
		}
		return transforms
	}
	const convsOfBlocks = 2 * 2 * 2 // of encoder and decoder

	g := reconstruction(64, true)
	by, all := filtered(g)
	assert.Equal(t, counts{convsOfBlocks, convsOfBlocks}, all)
	assert.Equal(t, all, by, "content of 16×16 pixels")
	assert.Equal(t, 2*convsOfBlocks, plan(g), "each run transforms the weights it is given, and their flipped kernels")

	g = reconstruction(32, true)
	by, _ = filtered(g)
	assert.Equal(t, counts{0, convsOfBlocks}, by, "content of 8×8 pixels, where rounding turns gradients")
	assert.Equal(t, convsOfBlocks, plan(g))

	g = reconstruction(32, false)
	by, _ = filtered(g)
	assert.Equal(t, counts{convsOfBlocks, 0}, by, "the same weights, and nothing to turn")
	assert.Equal(t, convsOfBlocks, plan(g))
}

// TestWeightsAreTransformedOnTheDevice holds a convolution whose weights are an input against the same one with a model's: the device transforms what the
// host does, and in float32.
func TestWeightsAreTransformedOnTheDevice(t *testing.T) {
	e := open(t)
	conv := func(weight func(g *graph.Graph, shape ...int) *graph.Node) *graph.Graph {
		g := graph.New()
		x, w := g.Input("x", 2, 18, 9, 13), weight(g, 35, 18, 3, 3)
		y := g.Conv(x, w, nil, graph.ConvAttrs{Stride: 1, Pad: 2})
		g.Output("y", y)
		g.Output("norm", g.InstanceNorm(y, 1e-5)) // of the moments that the convolution leaves beside the weights
		return g
	}
	ofModel := conv(func(g *graph.Graph, shape ...int) *graph.Node { return g.Param("w", shape...) })
	given := conv(func(g *graph.Graph, shape ...int) *graph.Node { return g.Input("w", shape...) })
	x, w := optable.Values("x", 2*18*9*13), optable.Values("w", 35*18*9)
	for _, name := range []string{"winograd 4", "winograd 4 wide", "winograd 2"} {
		lower := dispatcher{flopsPerSubmit, &choices{forced: name}}.lower
		compute := func(g *graph.Graph, in ...[]float32) [][]float32 {
			p := e.NewParams(&weightsOf{values: map[string][]float32{"w": w}})
			defer p.Close()
			prog, err := e.compile(t.Context(), g, p, lower)
			require.NoError(t, err)
			defer prog.Close()
			y, err := graph.RunOnce(t.Context(), e, prog, g, func(n *graph.Node) ([]float32, error) {
				for i, input := range g.Inputs() {
					if input == n {
						return in[i], nil
					}
				}
				return nil, nil
			})
			require.NoError(t, err)
			return y
		}
		want := compute(ofModel, x)
		for i, y := range compute(given, x, w) {
			assert.LessOrEqual(t, optable.NMSE(y, want[i]), 1e-12, "%s, output %d", name, i)
		}
	}
}
