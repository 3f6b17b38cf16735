package gpu

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optest"
)

// BenchmarkConv times MUNIT's convolutions at sizes that an emulated GPU can do too.
func BenchmarkConv(b *testing.B) {
	ctx := context.Background()
	e, err := Open(ctx, Options{})
	require.NoError(b, err, "no WebGPU adapter: run `make setup`")
	defer e.Close()
	for _, c := range []struct {
		in, out, size, kernel int
		upsample              bool
	}{{64, 64, 32, 3, false}, {64, 32, 16, 5, true}, {64, 3, 32, 7, false}, {256, 256, 16, 3, false}} {
		b.Run(fmt.Sprintf("%dx%d/%d-%d/%dpx/up=%v", c.kernel, c.kernel, c.in, c.out, c.size, c.upsample), func(b *testing.B) {
			g := graph.New()
			h := g.Input("x", 1, c.in, c.size, c.size)
			if c.upsample {
				h = g.Upsample(h)
			}
			g.Output("y", g.Conv(h, g.Param("w", c.out, c.in, c.kernel, c.kernel), nil,
				graph.ConvAttrs{Stride: 1, Pad: c.kernel / 2, Mode: graph.PadReflect}))
			params := e.NewParams(values{})
			defer params.Close()
			p, err := e.Compile(ctx, g, params)
			require.NoError(b, err)
			defer p.Close()
			x, err := e.NewTensor(g.Inputs()[0].Shape)
			require.NoError(b, err)
			defer x.Close()
			require.NoError(b, x.Write(ctx, optest.Values("x", x.Shape().Elems())))
			y, err := e.NewTensor(g.Outputs()[0].Shape)
			require.NoError(b, err)
			defer y.Close()
			out := make([]float32, y.Shape().Elems())
			for b.Loop() {
				require.NoError(b, p.Run(ctx, []graph.Tensor{x}, []graph.Tensor{y}))
				require.NoError(b, y.Read(ctx, out))
			}
			b.ReportMetric(float64(g.FLOPs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
