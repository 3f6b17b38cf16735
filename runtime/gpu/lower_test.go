package gpu

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/shaders"
)

var (
	dimsStruct = regexp.MustCompile(`struct Dims \{([^}]*)\}`)
	dimsField  = regexp.MustCompile(`(?m)^\s+\w+: [uf]32,`)
)

func TestLoweredStepsFitTheirKernels(t *testing.T) {
	lowersTo := map[graph.Op]int{}
	for _, c := range optest.Cases() {
		for _, g := range []*graph.Graph{c.Graph(), graph.Fuse(c.Graph())} {
			for _, n := range g.Nodes() {
				l, err := lower(n, flopsPerSubmit)
				require.NoError(t, err, c.Name)
				lowersTo[n.Op] = len(l.steps)
				for _, s := range l.steps {
					checkStep(t, s, l, c.Name)
				}
			}
		}
	}
	for _, op := range graph.Ops() {
		steps, ok := lowersTo[op]
		assert.True(t, ok, "no case has %v", op)
		assert.Equal(t, op == graph.OpInput || op == graph.OpParam || op == graph.OpReshape, steps == 0, "%v lowers to %d steps", op, steps)
	}
}

func checkStep(t *testing.T, s step, l lowered, name string) {
	t.Helper()
	label := name + ": " + s.kernel.Label()
	fields := dimsField.FindAllString(dimsStruct.FindString(s.kernel.Source()), -1)
	assert.Len(t, s.dims, len(fields), "%s: dims differ from struct Dims", label)
	assert.Len(t, s.operands, len(s.kernel.Bindings()), label)
	assert.Positive(t, s.flops, label)
	for _, n := range s.groups {
		assert.True(t, n >= 1 && n <= 65535, "%s: groups %v", label, s.groups)
	}
	for _, o := range s.operands {
		assert.True(t, o.node != nil || o.scratch < len(l.scratch), "%s: scratch %d of %d", label, o.scratch, len(l.scratch))
	}
}

func TestActivationsAndPadModesMatchTheKernels(t *testing.T) {
	for a := graph.ActNone; a <= graph.ActAbs; a++ {
		assert.Equal(t, a.String(), activation(a).String())
	}
	assert.Contains(t, shaders.Conv{}.Source(), fmt.Sprintf("mode: u32,       // padding: %d zeros, %d reflect, %d replicate",
		padMode(graph.PadZero), padMode(graph.PadReflect), padMode(graph.PadReplicate)))
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
	x := optest.Values("x", elems)
	got := run(t, open(t), g, x, wholly)
	for i := range x {
		if got[i] != 2*x[i] {
			require.Equal(t, 2*x[i], got[i], "element %d", i)
		}
	}
}

func TestConvInPiecesIsTheSame(t *testing.T) {
	g := func() *graph.Graph {
		g := graph.New()
		x := g.Input("x", 1, 3, 20, 15)
		w := g.Conv(g.Upsample(x), g.Param("w", 29, 3, 5, 5), g.Param("b", 29), graph.ConvAttrs{Stride: 1, Pad: 2, Mode: graph.PadReflect})
		g.Output("y", g.Unary(graph.OpRelu, w))
		return g
	}
	x := optest.Values("x", 3*20*15)
	e := open(t)
	const groupFLOPs, lines = 2 * shaders.ConvPixels * 8 * 75, 5
	whole := run(t, e, g(), x, wholly)
	for groups, want := range map[int64]int{1: 4 * lines, 2: 4 * 3, lines: 4, 2*lines + 1: 2, 3 * lines: 2} {
		steps := 0
		pieces := func(n *graph.Node) (lowered, error) {
			if n.Op != graph.OpConv {
				return lower(n, flopsPerSubmit)
			}
			l := lowerConv(n, groups*groupFLOPs)
			steps = len(l.steps) - 1
			return l, nil
		}
		assert.Equal(t, whole, run(t, e, g(), x, pieces))
		assert.Equal(t, want, steps)
	}
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
func wholly(n *graph.Node) (lowered, error) { return lower(n, flopsPerSubmit) }

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
	return optest.Values(name, graph.Shape(shape).Elems()), nil
}
