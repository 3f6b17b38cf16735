package cpu_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// BenchmarkStep computes the losses and all gradients of both updates of a training iteration at 64×64: of a small model, and of one twice as
// wide on a batch of 4.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct{ dim, res, mlp, dis, batch int }{{16, 2, 64, 24, 1}, {32, 3, 128, 32, 4}} {
		config := weights.Config{InputDimA: 3, InputDimB: 3,
			Gen: weights.Gen{Dim: c.dim, MLPDim: c.mlp, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: c.res, PadType: "reflect"},
			Dis: weights.Dis{Dim: c.dis, Norm: "none", Activ: "lrelu", NLayer: 3, GANType: "lsgan", NumScales: 2, PadType: "reflect"}}
		for _, update := range []string{"dis", "gen"} {
			g := updateGraph(config, c.batch, update)
			require.NoError(b, g.Err())
			b.Run(fmt.Sprintf("dim=%d/batch=%d/%s", c.dim, c.batch, update), func(b *testing.B) {
				e := cpu.New(cpu.Options{})
				defer e.Close()
				program, err := e.Compile(context.Background(), g, e.NewParams(nil))
				require.NoError(b, err)
				var in, out []graph.Tensor
				for i, n := range g.Inputs() {
					x := newTensor(b, e, n.Shape)
					values := make([]float32, n.Shape.Elems())
					for k := range values {
						values[k] = float32((i*31+k*17)%101-50) / 500
					}
					require.NoError(b, x.Write(b.Context(), values))
					in = append(in, x)
				}
				for _, n := range g.Outputs() {
					out = append(out, newTensor(b, e, n.Shape))
				}
				for b.Loop() {
					require.NoError(b, program.Run(b.Context(), in, out))
				}
				b.ReportMetric(float64(g.FLOPs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				b.ReportMetric(float64(program.Memory().Arena)/(1<<20), "arena-MiB")
				b.ReportMetric(float64(program.Memory().Live)/(1<<20), "live-MiB")
			})
		}
	}
}

// updateGraph is the loss of an update, "dis" or "gen", with the gradients of the weights that it changes.
func updateGraph(config weights.Config, batch int, update string) *graph.Graph {
	const size = 64
	g := graph.New()
	trained := &net.Trainable{Graph: g}
	n := net.Builder{Graph: g, Config: config, Weight: trained.Weight}
	x := net.Pair{A: g.Input("x_a", batch, 3, size, size), B: g.Input("x_b", batch, 3, size, size)}
	s := net.Pair{A: g.Input("s_a", batch, 8), B: g.Input("s_b", batch, 8)}
	loss := n.GeneratorLoss
	if update == "dis" {
		loss = n.DiscriminatorLoss
	}
	l := loss(x, s, net.LossWeights{GAN: 1, ReconX: 10, ReconS: 1, ReconC: 1, ReconXCyc: 5})
	var wrt []*graph.Node
	for _, w := range trained.Inputs {
		if strings.HasPrefix(w.Name, update) {
			wrt = append(wrt, w)
		}
	}
	g.Output("loss", l.Total)
	for i, d := range g.Gradient(l.Total, wrt) {
		g.Output(wrt[i].Name, d)
	}
	return g
}
