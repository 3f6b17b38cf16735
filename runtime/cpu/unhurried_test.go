package cpu

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// TestWhatTakesTimeIsFast: of a training's updates, and of networks with transposed convolutions, only ops that move values or sum a few are computed as their definitions read.
// One that is not in lower's table is right and takes a hundred times as long, which no other test sees.
func TestWhatTakesTimeIsFast(t *testing.T) {
	cheap := []graph.Op{graph.OpConstant, graph.OpExpand, graph.OpSlice, graph.OpTranspose, graph.OpPad, graph.OpReduceMean, graph.OpGlobalAveragePool,
		graph.OpAveragePool, graph.OpAveragePoolGrad}
	networks := map[string]*graph.Graph{"U-Net": unet(), "ResNet": resnet()}
	if runtime.GOARCH != "wasm" { // a page does not train
		networks["update"] = update()
	}
	for name, g := range networks {
		require.NoError(t, g.Err(), name)
		e := New(Options{}).(*executor)
		p, err := e.plan(t.Context(), g, e.NewParams(nil))
		require.NoError(t, err, name)
		slices.Sort(p.unhurried)
		for _, op := range slices.Compact(p.unhurried) {
			assert.Contains(t, cheap, op, "%s: %v", name, op)
		}
		require.NoError(t, e.Close())
	}
}

// update is MUNIT's losses of both updates, with the gradients of all weights.
func update() *graph.Graph {
	g := graph.New()
	trained := &net.Trainable{Graph: g}
	n := net.Builder{Graph: g, Weight: trained.Weight, Config: weights.Config{InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 4, MLPDim: 8, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"},
		Dis: weights.Dis{Dim: 4, Norm: "none", Activ: "lrelu", NLayer: 3, GANType: "lsgan", NumScales: 2, PadType: "reflect"}}}
	x := net.Pair{A: g.Input("x_a", 1, 3, 64, 64), B: g.Input("x_b", 1, 3, 64, 64)}
	s := net.Pair{A: g.Input("s_a", 1, 8), B: g.Input("s_b", 1, 8)}
	w := net.LossWeights{GAN: 1, ReconX: 10, ReconS: 1, ReconC: 1, ReconXCyc: 5}
	loss := g.Add(n.GeneratorLoss(x, s, w).Total, n.DiscriminatorLoss(x, s, w).Total)
	for i, d := range g.Gradient(loss, trained.Inputs) {
		g.Output(trained.Inputs[i].Name, d)
	}
	return g
}

// unet is BicycleGAN's generator.
func unet() *graph.Graph {
	g := graph.New()
	n := net.Builder{Graph: g, Config: weights.Config{Method: "BicycleGAN", InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 2, StyleDim: 4, Activ: "relu", NDownsample: 6, PadType: "zero", NetG: "unet", NetE: "resnet_128", NEF: 2}}}
	g.Output("y", n.Translate(weights.A2B, g.Input("x", 1, 3, 64, 64), n.Style(weights.A2B, 1, 64, 64)))
	return g
}

// resnet is CycleGAN's generator.
func resnet() *graph.Graph {
	g := graph.New()
	n := net.Builder{Graph: g, Config: weights.Config{Method: "CycleGAN", InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 4, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect", NetG: "resnet"}}}
	g.Output("y", n.Translate(weights.A2B, g.Input("x", 1, 3, 64, 64), nil))
	return g
}
