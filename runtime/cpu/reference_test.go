package cpu_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// table is a ParamSource of given values.
type table map[string][]float32

func (t table) Float32s(name string, _ []int) ([]float32, error) { return t[name], nil }

// evaluate runs g once on a fresh executor and returns its outputs.
func evaluate(t testing.TB, o cpu.Options, g *graph.Graph, src graph.ParamSource, inputs ...[]float32) [][]float32 {
	t.Helper()
	ctx := context.Background()
	e := cpu.New(o)
	defer e.Close()
	program, err := e.Compile(ctx, g, e.NewParams(src))
	require.NoError(t, err)
	var in, out []graph.Tensor
	for i, n := range g.Inputs() {
		in = append(in, newTensor(t, e, n.Shape))
		require.NoError(t, in[i].Write(ctx, inputs[i]))
	}
	for _, n := range g.Outputs() {
		out = append(out, newTensor(t, e, n.Shape))
	}
	require.NoError(t, program.Run(ctx, in, out))
	results := make([][]float32, len(out))
	for i := range out {
		results[i] = make([]float32, out[i].Shape().Elems())
		require.NoError(t, out[i].Read(ctx, results[i]))
	}
	return results
}

func newTensor(t testing.TB, e graph.Executor, shape graph.Shape) graph.Tensor {
	t.Helper()
	tensor, err := e.NewTensor(shape)
	require.NoError(t, err)
	return tensor
}

// The oracle itself is held against numbers worked out by hand.
func TestReferenceByHand(t *testing.T) {
	ramp := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9} // [1, 1, 3, 3]
	conv := func(a graph.ConvAttrs) func(g *graph.Graph, x *graph.Node) *graph.Node {
		return func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Conv(x, g.Param("corners", 1, 1, 3, 3), g.Param("bias", 1), a)
		}
	}
	params := table{"corners": {1, 0, 0, 0, 0, 0, 0, 0, 10}, "bias": {0.5}, "gamma": {2}, "beta": {-1}, "slope": {0.25}}
	std := float32(math.Sqrt(60.0 / 8))
	cases := map[string]struct {
		build func(g *graph.Graph, x *graph.Node) *graph.Node
		want  []float32
	}{
		"conv":           {conv(graph.ConvAttrs{Stride: 1}), []float32{91.5}},
		"conv zero":      {conv(graph.ConvAttrs{Stride: 2, Pad: 1}), []float32{50.5, 0.5, 0.5, 5.5}},
		"conv reflect":   {conv(graph.ConvAttrs{Stride: 2, Pad: 1, Mode: graph.PadReflect}), []float32{55.5, 55.5, 55.5, 55.5}},
		"conv replicate": {conv(graph.ConvAttrs{Stride: 2, Pad: 1, Mode: graph.PadReplicate}), []float32{51.5, 62.5, 84.5, 95.5}},
		"layer norm": {func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Affine(g.LayerNorm(x, 1), g.Param("gamma", 1), g.Param("beta", 1))
		}, []float32{-8/(std+1) - 1, -6/(std+1) - 1, -4/(std+1) - 1, -2/(std+1) - 1, -1, 2/(std+1) - 1, 4/(std+1) - 1, 6/(std+1) - 1, 8/(std+1) - 1}},
		"average pool": {func(g *graph.Graph, x *graph.Node) *graph.Node { return g.AveragePool(x, 3, 2, 1) }, []float32{3, 4, 6, 7}},
		"prelu": {func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.PRelu(g.Sub(x, g.Mul(x, x)), g.Param("slope", 1))
		}, []float32{0, -0.5, -1.5, -3, -5, -7.5, -10.5, -14, -18}},
		"mean of columns": {func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.ReduceMean(g.Slice(g.Reshape(x, 3, 3), 1, 1))
		}, []float32{5}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := graph.New()
			g.Output("y", c.build(g, g.Input("x", 1, 1, 3, 3)))
			require.NoError(t, g.Err())
			got := evaluate(t, cpu.Options{Reference: true}, g, params, ramp)[0]
			assert.InDeltaSlice(t, c.want, got, 1e-6)
		})
	}
}
