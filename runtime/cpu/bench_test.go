package cpu_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// BenchmarkConv measures the convolutions that take most of the time at the paper's setting (dim 64, 256×256).
func BenchmarkConv(b *testing.B) {
	for _, c := range []struct {
		name                     string
		in, out, size, kernel, s int
		upsample                 bool
	}{
		{name: "3x3/256-256/64", in: 256, out: 256, size: 64, kernel: 3, s: 1},
		{name: "5x5up/256-128/128", in: 256, out: 128, size: 64, kernel: 5, s: 1, upsample: true},
		{name: "7x7/3-64/256", in: 3, out: 64, size: 256, kernel: 7, s: 1},
		{name: "7x7/64-3/256", in: 64, out: 3, size: 256, kernel: 7, s: 1},
		{name: "4x4s2/64-128/256", in: 64, out: 128, size: 256, kernel: 4, s: 2},
		{name: "3x3/64-64/16", in: 64, out: 64, size: 16, kernel: 3, s: 1},
	} {
		g := graph.New()
		x := g.Input("x", 1, c.in, c.size, c.size)
		if c.upsample {
			x = g.Upsample(x)
		}
		w := g.Param("w", c.out, c.in, c.kernel, c.kernel)
		g.Output("y", g.Conv(x, w, nil, graph.ConvAttrs{Stride: c.s, Pad: (c.kernel - 1) / 2, Mode: graph.PadReflect}))
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", c.name, threads), func(b *testing.B) {
				run := compile(b, cpu.Options{Threads: threads}, g, constant(0.01))
				for b.Loop() {
					require.NoError(b, run(context.Background()))
				}
				b.ReportMetric(float64(g.FLOPs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// BenchmarkPicture translates one picture by networks of the paper's kind: 142 GFLOP at 256×256 and dim 64.
func BenchmarkPicture(b *testing.B) {
	for _, c := range []struct{ size, dim int }{{256, 64}, {64, 16}} {
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
