package cpu_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/weights"
)

// BenchmarkLayers measures MUNIT's layers at the paper's setting (dim 64, 256×256).
func BenchmarkLayers(b *testing.B) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			e := cpu.New(cpu.Options{Threads: threads})
			defer e.Close()
			optest.Benchmark(b, e, 64, 256)
		})
	}
}

// BenchmarkPicture translates one picture by networks of the paper's kind: 142 GFLOP at 256×256 and dim 64.
func BenchmarkPicture(b *testing.B) {
	for _, c := range []struct{ size, dim int }{{256, 64}, {64, 32}} {
		g := graph.New()
		n := net.Builder{Graph: g, Config: weights.Config{InputDimA: 3, InputDimB: 3,
			Gen: weights.Gen{Dim: c.dim, MLPDim: 4 * c.dim, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 4, PadType: "reflect"}}}
		content := n.EncodeContent(weights.A, g.Input("x", 1, 3, c.size, c.size))
		g.Output("y", n.Decode(weights.B, content, n.MLP(weights.B, g.Input("s", 1, 8))))
		require.NoError(b, g.Err())
		b.Run(fmt.Sprintf("%d/dim=%d", c.size, c.dim), func(b *testing.B) {
			run := compile(b, cpu.Options{}, g, constant(0.01))
			for b.Loop() {
				require.NoError(b, run(context.Background()))
			}
			b.ReportMetric(float64(g.FLOPs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// constant is a ParamSource of one value.
type constant float32

func (c constant) Float32s(_ string, shape []int) ([]float32, error) {
	values := make([]float32, graph.Shape(shape).Elems())
	for i := range values {
		values[i] = float32(c)
	}
	return values, nil
}

// compile returns a function that runs g on zeros.
func compile(t testing.TB, o cpu.Options, g *graph.Graph, src graph.ParamSource) func(ctx context.Context) error {
	t.Helper()
	e := cpu.New(o)
	t.Cleanup(func() { e.Close() })
	program, err := e.Compile(context.Background(), g, e.NewParams(src))
	require.NoError(t, err)
	var in, out []graph.Tensor
	for _, n := range g.Inputs() {
		in = append(in, newTensor(t, e, n.Shape))
	}
	for _, n := range g.Outputs() {
		out = append(out, newTensor(t, e, n.Shape))
	}
	return func(ctx context.Context) error { return program.Run(ctx, in, out) }
}
