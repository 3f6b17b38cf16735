package gpu

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/shaders"
)

func TestLoweredStepsFitTheirKernels(t *testing.T) {
	lowersTo := map[graph.Op]int{}
	for _, c := range optable.Cases() {
		for _, g := range []*graph.Graph{c.Graph(), graph.Fuse(c.Graph())} {
			for _, n := range g.Nodes() {
				if n.Op.Composite() {
					continue // Fuse leaves none
				}
				l, err := wholly(n)
				require.NoError(t, err, c.Name)
				lowersTo[n.Op] = len(l.steps)
				for _, s := range l.steps {
					checkStep(t, s, l, c.Name)
				}
				for _, v := range variants {
					if n.Op == graph.OpConv && v.fits(n, traits{}) {
						ways := v.lower(n, flopsPerSubmit)
						for _, s := range ways.steps {
							checkStep(t, s, ways, c.Name+" by "+v.name)
						}
					}
				}
			}
		}
	}
	for _, op := range graph.Ops() {
		steps, ok := lowersTo[op]
		assert.NotEqual(t, op.Composite(), ok, "no case has %v", op)
		if !ok {
			continue
		}
		assert.Equal(t, op == graph.OpInput || op == graph.OpParam || op == graph.OpReshape, steps == 0, "%v lowers to %d steps", op, steps)
	}
}

func checkStep(t *testing.T, s step, l lowered, name string) {
	t.Helper()
	label := name + ": " + s.kernel.Label()
	assert.IsType(t, s.kernel.Dims(), s.dims, label)
	assert.Contains(t, shaders.All(), s.kernel, "%s: is neither hashed nor tested", label)
	assert.Len(t, s.operands, len(s.kernel.Bindings()), label)
	assert.Positive(t, s.flops, label)
	for _, n := range s.groups {
		assert.True(t, n >= 1 && n <= 65535, "%s: groups %v", label, s.groups)
	}
	for _, o := range s.operands {
		assert.True(t, o.node != nil || o.scratch < len(l.scratch), "%s: scratch %d of %d", label, o.scratch, len(l.scratch))
	}
}

func TestActivationsMatchTheKernels(t *testing.T) {
	for _, a := range graph.Activations() {
		assert.Equal(t, a.String(), activation(a).String())
	}
}

func TestGridFoldsLongLines(t *testing.T) {
	for _, groups := range []int{1, 2, 65535, 65536, 131070, 131071, 1 << 22} {
		x, y := grid(groups)
		assert.True(t, x >= 1 && x <= 65535 && y >= 1 && y <= 65535, "%d: %d x %d", groups, x, y)
		assert.GreaterOrEqual(t, int(x)*int(y), groups)
		assert.Less(t, int(x)*int(y), groups+int(y), "%d groups leave a row idle", groups)
	}
}

// TestLongLinesAreComputed runs more workgroups than one grid row takes.
func TestLongLinesAreComputed(t *testing.T) {
	const elems = 65535*64 + 100
	g := graph.New()
	g.Output("y", g.Scale(g.Input("x", elems), 2))
	x := optable.Values("x", elems)
	got := run(t, open(t), g, x, wholly)
	for i := range x {
		if got[i] != 2*x[i] {
			require.Equal(t, 2*x[i], got[i], "element %d", i)
		}
	}
}

func TestConvInPiecesIsTheSame(t *testing.T) {
	g := func(upsample bool) *graph.Graph {
		g := graph.New()
		x := g.Input("x", 1, 3, 40, 30)
		h := x
		if upsample {
			h = g.Upsample(x)
		}
		w := g.Conv(h, g.Param("w", 29, 3, 5, 5), g.Param("b", 29), graph.ConvAttrs{Stride: 1, Pad: 2, Mode: graph.PadReflect})
		g.Output("y", g.Activate(graph.ActRelu, w))
		return g
	}
	x := optable.Values("x", 3*40*30)
	e := open(t)
	groupFLOPs, lines := 2*int64(tile4x8.pixels*tile4x8.channels)*75, 5
	for upsample, variant := range map[bool]string{false: "direct", true: "phases"} {
		whole := run(t, e, g(upsample), x, wholly)
		for groups, want := range map[int]int{1: 4 * lines, 2: 4 * 3, lines: 4, 2*lines + 1: 2, 3 * lines: 2} {
			steps := 0
			pieces := func(n *graph.Node) (lowered, error) {
				if n.Op != graph.OpConv {
					return wholly(n)
				}
				l, err := dispatcher{int64(groups) * groupFLOPs, &choices{forced: variant}}.lower(n)
				steps = len(l.steps)
				return l, err
			}
			assert.Equal(t, whole, run(t, e, g(upsample), x, pieces))
			if upsample {
				assert.Greater(t, steps, 3, "%d groups: pieces of the phases", groups)
			} else {
				assert.Equal(t, want, steps)
			}
		}
	}
}

// TestPhasesAreTheUpsampledConv holds the folded 3×3 convolutions against the reference, where they are cut differently: images of the
// fewest pixels, several workgroups a line, several tiles of channels, several samples.
func TestPhasesAreTheUpsampledConv(t *testing.T) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	e := open(t)
	for _, mode := range []graph.PadMode{graph.PadZero, graph.PadReflect, graph.PadReplicate} {
		for _, shape := range []graph.Shape{{1, 1, 2, 2}, {2, 3, 2, 5}, {2, 2, 3, 3}, {1, 5, 7, 4}, {3, 2, 17, 19}, {1, 3, 1, 4}} {
			if mode == graph.PadReflect && shape[2] == 1 {
				continue // two rows cannot be reflected by two
			}
			for _, outputs := range []int{1, 8, 11} {
				c := optable.Case{Name: fmt.Sprintf("%v %v to %d", mode, shape, outputs), Build: func(g *graph.Graph) {
					w := g.Param("w", outputs, shape[1], 5, 5)
					y := g.Conv(g.Upsample(g.Input("x", shape...)), w, g.Param("b", outputs), graph.ConvAttrs{Stride: 1, Pad: 2, Mode: mode})
					g.Output("y", g.Activate(graph.ActLeakyRelu, y))
				}}
				assert.Less(t, optable.NMSE(optest.Outputs(t, c, e)[0], optest.Outputs(t, c, ref)[0]), 1e-11, c.Name)
			}
		}
	}
}

func TestFoldedWeightsCanBeBound(t *testing.T) {
	for _, c := range []struct {
		inputs, outputs int
		mode            graph.PadMode
		want            layout
	}{
		{256, 128, graph.PadReflect, layoutReflectPhases}, {1024, 512, graph.PadReflect, layoutPacked},
		{1024, 512, graph.PadZero, layoutPhases}, {1024, 512, graph.PadReplicate, layoutPhases},
	} {
		g := graph.New()
		w := g.Param("w", c.outputs, c.inputs, 5, 5)
		g.Output("y", g.Conv(g.Upsample(g.Input("x", 1, c.inputs, 4, 4)), w, nil, graph.ConvAttrs{Stride: 1, Pad: 2, Mode: c.mode}))
		p, err := newPlan(t.Context(), g, dispatcher{flopsPerSubmit, &choices{forced: "phases"}}.lower)
		require.NoError(t, err)
		require.Len(t, p.params, 1)
		assert.Equal(t, c.want, p.params[0].layout)
		assert.LessOrEqual(t, 4*c.want.elems(p.params[0].node.Shape), 128<<20)
	}
}

// TestComputedWeightsArePackedLikeAModels compares the kernel that packs weights with the host, to the bit.
func TestComputedWeightsArePackedLikeAModels(t *testing.T) {
	g := func(computed bool) *graph.Graph {
		g := graph.New()
		w := g.Param("w", 13, 3, 4, 4)
		if computed {
			w = g.Scale(w, 1)
		}
		g.Output("y", g.Conv(g.Input("x", 2, 3, 9, 7), w, nil, graph.ConvAttrs{Stride: 2, Pad: 1, Mode: graph.PadReflect}))
		return g
	}
	e, x := open(t), optable.Values("x", 2*3*9*7)
	assert.Equal(t, run(t, e, g(true), x, wholly), run(t, e, g(false), x, wholly))
}

// TestWeightsAreArrangedOnce shows that a run reorders no weights, and that programs share the arranged ones.
func TestWeightsAreArrangedOnce(t *testing.T) {
	e, ctx := open(t), context.Background()
	src := &weightsOf{values: map[string][]float32{"up": optable.Values("up", 2*2*25), "plain": optable.Values("plain", 3*2*9)}}
	weights := e.NewParams(src)
	defer weights.Close()
	made := 0
	for i := range 2 {
		g := graph.New()
		h := g.Conv(g.Upsample(g.Input("x", 1, 2, 4, 4)), g.Param("up", 2, 2, 5, 5), nil, graph.ConvAttrs{Stride: 1, Pad: 2, Mode: graph.PadReflect})
		g.Output("y", g.Conv(h, g.Param("plain", 3, 2, 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect}))
		before := e.dev.made
		p, err := e.Compile(ctx, g, weights)
		require.NoError(t, err)
		defer p.Close()
		for _, c := range p.(*program).plan.calls {
			assert.IsType(t, shaders.Conv{}, c.kernel)
		}
		if i > 0 {
			assert.Less(t, e.dev.made-before, made, "the second program makes no weights")
		}
		made = e.dev.made - before
	}
	assert.Equal(t, []string{"up", "plain"}, src.asked)
	assert.Len(t, weights.(*params).weights, 2, "and no raw copies")
}

// TestOneElementHasNoDeviation is LayerNorm's and InstanceNorm's degenerate case: 0, not 0/0.
func TestOneElementHasNoDeviation(t *testing.T) {
	e := open(t)
	for name, norm := range map[string]func(*graph.Graph, *graph.Node) *graph.Node{
		"instance": func(g *graph.Graph, x *graph.Node) *graph.Node { return g.InstanceNorm(x, 1e-5) },
		"layer":    func(g *graph.Graph, x *graph.Node) *graph.Node { return g.LayerNorm(x, 1e-5) },
		"no eps":   func(g *graph.Graph, x *graph.Node) *graph.Node { return g.LayerNorm(x, 0) },
	} {
		g := graph.New()
		g.Output("y", norm(g, g.Input("x", 2, 1, 1, 1)))
		assert.Equal(t, []float32{0, 0}, run(t, e, g, []float32{3, -1e6}, wholly), name)
	}
}

// wholly lowers as on a GPU that is not emulated.
func wholly(n *graph.Node) (lowered, error) { return dispatcher{flopsPerSubmit, &choices{}}.lower(n) }

// run computes the output of a graph with one input.
func run(t *testing.T, e *Executor, g *graph.Graph, input []float32, lower func(*graph.Node) (lowered, error)) []float32 {
	t.Helper()
	ctx := context.Background()
	params := e.NewParams(values{})
	defer params.Close()
	p, err := e.compile(ctx, g, params, lower)
	require.NoError(t, err)
	defer p.Close()
	x, err := e.NewTensor(g.Inputs()[0].Shape)
	require.NoError(t, err)
	defer x.Close()
	require.NoError(t, x.Write(ctx, input))
	y, err := e.NewTensor(g.Outputs()[0].Shape)
	require.NoError(t, err)
	defer y.Close()
	require.NoError(t, p.Run(ctx, []graph.Tensor{x}, []graph.Tensor{y}))
	out := make([]float32, y.Shape().Elems())
	require.NoError(t, y.Read(ctx, out))
	return out
}

// values are params made from their names.
type values struct{}

func (values) Float32s(name string, shape []int) ([]float32, error) {
	return optable.Values(name, graph.Shape(shape).Elems()), nil
}
