package optest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
)

// Benchmark times MUNIT's layers of width dim at pictures of size×size pixels on e, each as a benchmark of its own.
func Benchmark(b *testing.B, e graph.Executor, dim, size int) {
	for _, l := range net.Layers(dim, size) {
		b.Run(l.Name, func(b *testing.B) { benchmark(b, e, l.Graph()) })
	}
}

func benchmark(b *testing.B, e graph.Executor, g *graph.Graph) {
	ctx := context.Background()
	params := e.NewParams(optable.Params{})
	defer params.Close()
	p, err := e.Compile(ctx, g, params)
	require.NoError(b, err)
	defer p.Close()
	tensor := func(name string, shape graph.Shape) graph.Tensor {
		x, err := e.NewTensor(shape)
		require.NoError(b, err)
		b.Cleanup(x.Close)
		require.NoError(b, x.Write(ctx, optable.Values(name, shape.Elems())))
		return x
	}
	var in, out []graph.Tensor
	for _, n := range g.Inputs() {
		in = append(in, tensor(n.Name, n.Shape))
	}
	for i, n := range g.Outputs() {
		out = append(out, tensor(g.OutputName(i), n.Shape))
	}
	tick := tensor("tick", graph.Shape{1})
	for b.Loop() {
		require.NoError(b, p.Run(ctx, in, out))
		require.NoError(b, tick.Read(ctx, make([]float32, 1))) // waits for a GPU
	}
	if flops := g.FLOPs(); flops > 0 {
		b.ReportMetric(float64(flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	}
}
