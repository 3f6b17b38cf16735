package cpu

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

func TestVariantsAllocateNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, v := range variants {
		g := variantConv(r, v.name, graph.PadReflect)
		require.Equal(t, v.name, variantOf(g), describe(g))
		e := New(Options{Threads: 2}).(*executor)
		program, err := e.Compile(context.Background(), g, e.NewParams(randomParams{}))
		require.NoError(t, err)
		x, err := e.NewTensor(g.Inputs()[0].Shape)
		require.NoError(t, err)
		y, err := e.NewTensor(g.Outputs()[0].Shape)
		require.NoError(t, err)
		in, out := []graph.Tensor{x}, []graph.Tensor{y}
		assert.Zero(t, testing.AllocsPerRun(5, func() { assert.NoError(t, program.Run(context.Background(), in, out)) }), v.name)
		require.NoError(t, e.Close())
	}
}

// variantConv is a convolution for the variant, of any size that the padding allows.
func variantConv(r *rand.Rand, name string, mode graph.PadMode) *graph.Graph {
	g := graph.New()
	in, out, kernel, least := 1+r.IntN(40), 1+r.IntN(30), 5, 3
	switch name {
	case "phases":
		least = 2
	case "direct":
		out += panelRows
	case "implicit GEMM":
		kernel = 1
	case "Winograd":
		in, out, kernel, least = winogradChannels+r.IntN(140), winogradChannels+r.IntN(9), 3, 8
	case "narrow":
		in, out, kernel, least = 8+r.IntN(140), 1+r.IntN(4), 3+2*r.IntN(3), 4
	}
	x := g.Input("x", 1+r.IntN(2), in, least+r.IntN(24), least+r.IntN(24))
	if up := r.IntN(4) == 0; name == "phases" || name == "Winograd" && up {
		x = g.Upsample(x)
	}
	var b *graph.Node
	if r.IntN(2) == 0 {
		b = g.Param("bias", out)
	}
	y := g.Conv(x, g.Param("w", out, in, kernel, kernel), b, graph.ConvAttrs{Stride: 1, Pad: kernel / 2, Mode: mode})
	if r.IntN(2) == 0 {
		y = g.Activate(graph.ActSelu, y)
	}
	g.Output("y", y)
	return g
}

// variantOf names the variant that computes g's convolution.
func variantOf(g *graph.Graph) string {
	for _, n := range graph.Fuse(g).Nodes() {
		for _, v := range variants {
			if n.Op == graph.OpConv && v.fits(n) {
				return v.name
			}
		}
	}
	return ""
}

// nmse is the squared error over the squared reference.
func nmse(got, want []float32) float64 {
	var num, den float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		num += d * d
		den += float64(want[i]) * float64(want[i])
	}
	return num / den
}

// Where gradients go through a convolution, images of few pixels are left to variants that round less, and those of more are computed as with a model's weights.
func TestVariantsOfWeightsInTraining(t *testing.T) {
	ref := New(Options{Reference: true}).(*executor)
	defer ref.Close()
	e := New(Options{Threads: 2}).(*executor)
	defer e.Close()
	conv := func(kernel, height, width int, training bool) *graph.Graph {
		g := graph.New()
		x := g.Input("x", 1, 16, height, width)
		if kernel == 5 {
			x = g.Upsample(x)
		}
		w := g.Input("w", 17, 16, kernel, kernel)
		y := g.Conv(x, w, nil, graph.ConvAttrs{Stride: 1, Pad: kernel / 2, Mode: graph.PadReflect})
		g.Output("y", y)
		if training {
			g.Output("dw", g.Gradient(g.ReduceMean(y), []*graph.Node{w})[0])
		}
		return g
	}
	for kernel, fast := range map[int]string{3: "Winograd", 5: "phases"} {
		assert.Equal(t, fast, variantOf(conv(kernel, 15, 17, false)))
		small, large := conv(kernel, 15, 17, true), conv(kernel, 16, 16, true)
		assert.Equal(t, "direct", variantOf(small))
		assert.Equal(t, fast, variantOf(large))
		for _, g := range []*graph.Graph{small, large} {
			assert.LessOrEqual(t, nmse(execute(t, e, g), execute(t, ref, g)), 1e-11, describe(g))
		}
	}
}

// A constant channel gives exactly a constant: instance norm would enlarge whatever rounding leaves.
func TestWinogradKeepsConstants(t *testing.T) {
	for _, l := range leavesHere(t) {
		e := New(Options{Threads: 2}).(*executor)
		e.leaf = l
		g := graph.New()
		x := g.Input("x", 1, 20, 13, 17)
		g.Output("y", g.Conv(x, g.Param("w", 18, 20, 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect}))
		require.Equal(t, "Winograd", variantOf(g))
		program, err := e.Compile(t.Context(), g, e.NewParams(randomParams{}))
		require.NoError(t, err)
		in, err := e.NewTensor(g.Inputs()[0].Shape)
		require.NoError(t, err)
		out, err := e.NewTensor(g.Outputs()[0].Shape)
		require.NoError(t, err)
		const area = 13 * 17
		values := make([]float32, 20*area)
		for i := range values {
			values[i] = float32(i/area)*0.37 - 2.1
		}
		require.NoError(t, in.Write(t.Context(), values))
		require.NoError(t, program.Run(t.Context(), []graph.Tensor{in}, []graph.Tensor{out}))
		got := make([]float32, 18*area)
		require.NoError(t, out.Read(t.Context(), got))
		for i, v := range got {
			require.Equal(t, got[i/area*area], v, "%s, channel %d", l.name, i/area)
		}
		require.NoError(t, e.Close())
	}
}
