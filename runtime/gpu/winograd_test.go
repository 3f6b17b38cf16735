package gpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/shaders"
	"github.com/webmunit/webmunit/weights"
)

// filtered is a 3×3 convolution of x, or with upsample a folded one.
func filtered(g *graph.Graph, x *graph.Node, outputs int, upsample bool) *graph.Node {
	kernel := 3
	w := x.Shape[1]
	if upsample {
		x, kernel = g.Upsample(x), 5
	}
	return g.Conv(x, g.Param("w", outputs, w, kernel, kernel), nil, graph.ConvAttrs{Stride: 1, Pad: kernel / 2, Mode: graph.PadReflect})
}

// TestWinogradInBlocksIsTheSame cuts a convolution into blocks of squares and these into frequencies, down to a few at a time.
func TestWinogradInBlocksIsTheSame(t *testing.T) {
	e := open(t)
	for _, upsample := range []bool{false, true} {
		g := func() *graph.Graph {
			g := graph.New()
			g.Output("y", filtered(g, g.Input("x", 3, 16, 9, 13), 17, upsample))
			return g
		}
		x := optable.Values("x", 3*16*9*13)
		name := "winograd 4"
		if upsample {
			name += " phases"
		}
		c := &choices{forced: name}
		whole := run(t, e, g(), x, dispatcher{flopsPerSubmit, c}.lower)
		for budget, most := range map[int64]int{1: 1000, 40_000: 400, 1_000_000: 100} {
			steps := 0
			got := run(t, e, g(), x, func(n *graph.Node) (lowered, error) {
				l, err := dispatcher{budget, c}.lower(n)
				steps += len(l.steps)
				return l, err
			})
			assert.Equal(t, whole, got, "%s, %d operations at a time", name, budget)
			assert.Greater(t, steps, 3)
			assert.Less(t, steps, most, "%s, %d operations at a time", name, budget)
		}
	}
}

// TestWinogradIsBounded lowers convolutions of all sizes: no dispatch is longer than the budget by more than the last eight squares, and memory
// stays within what every device binds.
func TestWinogradIsBounded(t *testing.T) {
	for _, shape := range []graph.Shape{{1, 128, 16, 16}, {1, 256, 64, 64}, {4, 256, 64, 64}, {1, 64, 256, 256}, {300, 16, 4, 4}} {
		for _, upsample := range []bool{false, true} {
			g := graph.New()
			g.Output("y", filtered(g, g.Input("x", shape...), shape[1]/2+8, upsample))
			n := convs(g)[0]
			for _, v := range variants {
				if !v.fits(n, traits{}) || v.name == "direct" || v.name == "phases" {
					continue
				}
				for _, budget := range []int64{softwareFlopsPerSubmit, flopsPerSubmit} {
					l := v.lower(n, budget)
					for _, s := range l.steps {
						checkStep(t, s, l, v.name)
						assert.LessOrEqual(t, s.flops, budget, "%s: %s of %v", v.name, s.kernel.Label(), n.Inputs[0].Shape)
					}
					for _, elems := range l.scratch {
						assert.LessOrEqual(t, 4*elems, 128<<20, "%s of %v", v.name, shape)
					}
				}
			}
		}
	}
}

// TestBlankSheetStaysBlank: what an instance norm would enlarge is not there. See winograd_input.wgsl.
func TestBlankSheetStaysBlank(t *testing.T) {
	const channels, area = 16, 10 * 13
	x := make([]float32, channels*area)
	for i := range x {
		x[i] = optable.Values("channel", channels)[i/area] + 3
	}
	e := open(t)
	for _, name := range []string{"winograd 4", "winograd 4 wide", "winograd 2", "direct"} {
		c := &choices{forced: name}
		g := graph.New()
		g.Output("y", filtered(g, g.Input("x", 1, channels, 10, 13), channels, false))
		y := run(t, e, g, x, dispatcher{flopsPerSubmit, c}.lower)
		for i, v := range y {
			require.Equal(t, y[i/area*area], v, "%s makes a texture of a constant", name)
		}

		g = graph.New()
		g.Output("y", g.InstanceNorm(filtered(g, g.Input("x", 1, channels, 10, 13), channels, false), 1e-5))
		assert.Equal(t, make([]float32, len(x)), run(t, e, g, x, dispatcher{flopsPerSubmit, c}.lower), name)
	}
}

// TestFaintDrawingIsNotDrowned has kernels that find edges look at a channel far from zero, on which what is drawn is a thousandth. Filtering
// the channel as it is would round at its height, and an instance norm behind would show that; without its first value it rounds at the drawing's.
func TestFaintDrawingIsNotDrowned(t *testing.T) {
	const channels, height = 16, 1000
	x, scales := optable.Values("drawing", channels*10*13), optable.Values("scales", channels*channels)
	for i := range x {
		x[i] += height
	}
	var edges []float32
	for _, s := range scales {
		edges = append(edges, 0, s, 0, s, -4*s, s, 0, s, 0)
	}
	g := graph.New()
	g.Output("y", filtered(g, g.Input("x", 1, channels, 10, 13), channels, false))
	compute := func(e graph.Executor) []float32 {
		y, err := optable.Compute(context.Background(), e, g, &weightsOf{values: map[string][]float32{"w": edges}}, map[string][]float32{"x": x})
		require.NoError(t, err)
		return y[0]
	}
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	want := compute(ref)
	for _, name := range []string{"winograd 4", "winograd 4 wide", "winograd 2"} {
		needs.GPU(t)
		e, err := Open(t.Context(), Options{Variant: name})
		require.NoError(t, err)
		defer e.Close()
		assert.LessOrEqual(t, optable.NMSE(compute(e), want), 1e-11, "%s: 4e-10 and more is what rounding at the height makes", name)
	}
}

// TestNormsTakeMomentsOfConvs shows when a norm need not read its input for the statistics: right behind a convolution that leaves moments.
func TestNormsTakeMomentsOfConvs(t *testing.T) {
	for name, c := range map[string]struct {
		build func(g *graph.Graph, x *graph.Node) *graph.Node
		want  bool
	}{
		"right behind": {func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.InstanceNorm(filtered(g, x, 16, false), 1e-5)
		}, true},
		"of others": {func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Add(filtered(g, x, 16, false), g.InstanceNorm(x, 1e-5))
		}, false},
		"with another node between": {func(g *graph.Graph, x *graph.Node) *graph.Node {
			y := filtered(g, x, 16, false)
			return g.Add(g.Scale(x, 2), g.InstanceNorm(y, 1e-5))
		}, false},
	} {
		g := graph.New()
		g.Output("y", c.build(g, g.Input("x", 1, 16, 8, 8)))
		p, err := newPlan(t.Context(), g, wholly)
		require.NoError(t, err)
		moments := false
		for _, call := range p.calls {
			moments = moments || call.kernel == shaders.Kernel(shaders.Moments{})
		}
		assert.Equal(t, c.want, !moments, name)
	}
}

// TestBlankSheetHasNoContent takes a blank sheet through an encoder that is wide enough for Winograd's filtering: each of its norms would
// enlarge what the convolution before has made of a constant, until no two devices agree.
func TestBlankSheetHasNoContent(t *testing.T) {
	c := weights.Config{InputDimA: 3, InputDimB: 3}
	c.Gen = weights.Gen{Dim: 8, Activ: "relu", NDownsample: 2, NRes: 3, PadType: "reflect"}
	sheet := optable.Case{Build: func(g *graph.Graph) {
		b := &net.Builder{Graph: g, Config: c}
		x := g.Scale(g.Input("x", 1, 3, 32, 32), 0)
		white := g.Affine(x, g.Param("white", 3), g.Param("white", 3))
		g.Output("y", b.EncodeContent(weights.A, white))
	}}
	host := cpu.New(cpu.Options{})
	defer host.Close()
	e := open(t)
	require.Contains(t, e.Uses(sheet.Graph()), "winograd 4 wide")
	for _, code := range [][]float32{optest.Outputs(t, sheet, e)[0], optest.Outputs(t, sheet, host)[0]} {
		assert.Less(t, optable.MaxAbs(code, make([]float32, len(code))), 1e-4)
	}
}
