package gpu

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

func TestDependentDispatchesRunInOrder(t *testing.T) {
	e := open(t)
	x, y := tensorOf(t, e, make([]float32, 130)...), tensorOf(t, e, make([]float32, 130)...)
	mustRun(t, compile(t, e, chain(100, plusOne, 130)), x, y)
	for i, v := range valuesOf(t, y) {
		require.EqualValues(t, 100, v, "element %d", i)
	}
	// x → 2(x + 1) + 1, ten times: order matters.
	mustRun(t, compile(t, e, chain(10, both, 130)), x, y)
	for i, v := range valuesOf(t, y) {
		require.EqualValues(t, 3*(1<<10-1), v, "element %d", i)
	}
}

func TestManyProgramsShareTensors(t *testing.T) {
	e := open(t)
	a, b := tensorOf(t, e, 0, 10), tensorOf(t, e, 0, 0)
	want := float32(0)
	for i := range 30 {
		p := compile(t, e, chain(1+i%3, plusOne, 2))
		mustRun(t, p, a, b)
		a, b = b, a // each reads what the one before wrote
		want += float32(1 + i%3)
	}
	assert.Equal(t, []float32{want, want + 10}, valuesOf(t, a))
}

func TestRunsFollowTheirTensors(t *testing.T) {
	e := open(t)
	p := compile(t, e, chain(3, plusOne, 3))
	x, other, y, z := tensorOf(t, e, 1, 2, 3), tensorOf(t, e, 10, 20, 30), tensorOf(t, e, 0, 0, 0), tensorOf(t, e, 0, 0, 0)
	mustRun(t, p, x, y)
	mustRun(t, p, other, z)
	assert.Equal(t, []float32{4, 5, 6}, valuesOf(t, y))
	assert.Equal(t, []float32{13, 23, 33}, valuesOf(t, z))
	require.NoError(t, x.Write(context.Background(), []float32{7, 8, 9}))
	mustRun(t, p, x, z)
	assert.Equal(t, []float32{10, 11, 12}, valuesOf(t, z))
	x.Close()
	err := p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{z})
	assert.ErrorIs(t, err, ErrClosed)
	mustRun(t, p, other, z)
	assert.Equal(t, []float32{13, 23, 33}, valuesOf(t, z))
}

func TestOutputsThatShareValues(t *testing.T) {
	e := open(t)
	g := graph.New()
	x := g.Input("x", 2, 3)
	y := g.Scale(g.Reshape(x, 6), plusOne)
	view := g.Reshape(y, 3, 2)
	g.Output("view", view)
	g.Output("same", y)
	g.Output("next", g.Scale(view, doublePlus))
	p := compile(t, e, g)
	var out []graph.Tensor
	for _, n := range g.Outputs() {
		o, err := e.NewTensor(n.Shape)
		require.NoError(t, err)
		out = append(out, o)
	}
	in, err := e.NewTensor(x.Shape)
	require.NoError(t, err)
	require.NoError(t, in.Write(context.Background(), []float32{0, 1, 2, 3, 4, 5}))
	require.NoError(t, p.Run(context.Background(), []graph.Tensor{in}, out))
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6}, valuesOf(t, out[0]))
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6}, valuesOf(t, out[1]))
	assert.Equal(t, []float32{3, 5, 7, 9, 11, 13}, valuesOf(t, out[2]))
}

func TestArgumentsAreChecked(t *testing.T) {
	e, stranger := open(t), open(t)
	p := compile(t, e, chain(1, plusOne, 2))
	x, y := tensorOf(t, e, 1, 2), tensorOf(t, e, 0, 0)
	for _, c := range []struct {
		in, out []graph.Tensor
		err     string
	}{
		{nil, []graph.Tensor{y}, "takes 1 inputs and 1 outputs, not 0 and 1"},
		{[]graph.Tensor{tensorOf(t, e, 1)}, []graph.Tensor{y}, "input x: the tensor has shape [1], not [2]"},
		{[]graph.Tensor{x}, []graph.Tensor{tensorOf(t, stranger, 1, 2)}, "output y: the tensor belongs to another executor"},
		{[]graph.Tensor{nil}, []graph.Tensor{y}, "input x: the tensor belongs to another executor"},
		{[]graph.Tensor{x}, []graph.Tensor{x}, "output y: the tensor is given twice"},
	} {
		assert.ErrorContains(t, p.Run(context.Background(), c.in, c.out), c.err)
	}
}

func TestNothingIsReadOfARunThatFailed(t *testing.T) {
	e := open(t)
	p, x, y := compile(t, e, chain(2, plusOne, 3)), tensorOf(t, e, 1, 2, 3), tensorOf(t, e, 0, 0, 0)
	groups := &p.(*program).dispatches[1].groups
	groups[0] = 1 << 17 // more than WebGPU allows
	err := p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{y})
	if err == nil {
		err = y.Read(context.Background(), make([]float32, 3))
	}
	require.Error(t, err)
	assert.NotErrorIs(t, err, graph.ErrDeviceLost)
	groups[0] = 1
	mustRun(t, p, x, y)
	assert.Equal(t, []float32{3, 4, 5}, valuesOf(t, y), "the device goes on")
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	e := open(t)
	p := compile(t, e, chain(5, both, 1000))
	x, y := tensorOf(t, e, make([]float32, 1000)...), tensorOf(t, e, make([]float32, 1000)...)
	values := make([]float32, 1000)
	round := func() {
		require.NoError(t, x.Write(context.Background(), values))
		mustRun(t, p, x, y)
		require.NoError(t, y.Read(context.Background(), values))
	}
	round()
	made := e.dev.made
	groups := append([]dispatch(nil), p.(*program).dispatches...)
	for range 10 {
		round()
	}
	assert.Equal(t, made, e.dev.made, "buffers")
	assert.Equal(t, groups, p.(*program).dispatches, "bind groups")
}

func TestMemoryIsReused(t *testing.T) {
	e := open(t)
	p := compile(t, e, chain(50, both, 1000))
	m := p.Memory()
	assert.EqualValues(t, 2*4000, m.Live, "what a step reads and writes")
	assert.LessOrEqual(t, m.Arena, int64(2*4000+4000+100*dimsAlign), "two slots, scratch memory and the dims")
}

// weightsOf is a graph.ParamSource that counts what it is asked for.
type weightsOf struct {
	values map[string][]float32
	asked  []string
}

func (w *weightsOf) Float32s(name string, _ []int) ([]float32, error) {
	w.asked = append(w.asked, name)
	if v, ok := w.values[name]; ok {
		return v, nil
	}
	return nil, errors.New(name + " is missing")
}

// addWeight is x + w by the real kernels.
func addWeight(name string, elems int) *graph.Graph {
	g := graph.New()
	g.Output("y", g.Add(g.Input("x", elems), g.Param(name, elems)))
	return g
}

func TestProgramsShareWeights(t *testing.T) {
	e, ctx := open(t), context.Background()
	src := &weightsOf{values: map[string][]float32{"w": {1, 2, 3}, "short": {1}}}
	params := e.NewParams(src)
	x, y := tensorOf(t, e, 10, 20, 30), tensorOf(t, e, 0, 0, 0)
	var last graph.Program
	for range 2 {
		p, err := e.Compile(ctx, addWeight("w", 3), params)
		require.NoError(t, err)
		mustRun(t, p, x, y)
		assert.Equal(t, []float32{11, 22, 33}, valuesOf(t, y))
		last = p
	}
	assert.Equal(t, []string{"w"}, src.asked, "asked once")

	_, err := e.Compile(ctx, addWeight("w", 4), params)
	assert.ErrorContains(t, err, "w: one graph takes shape [3], another [4]")
	_, err = e.Compile(ctx, addWeight("v", 3), params)
	assert.ErrorContains(t, err, "v is missing")
	src.values["v"] = []float32{4, 5, 6}
	p, err := e.Compile(ctx, addWeight("v", 3), params)
	require.NoError(t, err, "a weight that failed is asked for again")
	mustRun(t, p, x, y)
	assert.Equal(t, []float32{14, 25, 36}, valuesOf(t, y))
	_, err = e.Compile(ctx, addWeight("short", 3), params)
	assert.ErrorContains(t, err, "short: the source gave 1 values")
	_, err = e.Compile(ctx, addWeight("w", 3), nil)
	assert.ErrorContains(t, err, "Params")

	params.Close()
	assert.ErrorIs(t, last.Run(ctx, []graph.Tensor{x}, []graph.Tensor{y}), ErrClosed)
	_, err = e.Compile(ctx, addWeight("w", 3), params)
	assert.ErrorIs(t, err, ErrClosed)
}

func TestTrimFreesWhatNoProgramBinds(t *testing.T) {
	e, ctx := open(t), context.Background()
	src := &weightsOf{values: map[string][]float32{"v": {1, 2, 3}, "w": {4, 5, 6}}}
	params := e.NewParams(src)
	kept, err := e.Compile(ctx, addWeight("v", 3), params)
	require.NoError(t, err)
	gone, err := e.Compile(ctx, addWeight("w", 3), params)
	require.NoError(t, err)
	full := e.Usage().Weights
	require.NoError(t, e.Trim(params))
	assert.Equal(t, full, e.Usage().Weights)
	gone.Close()
	require.NoError(t, e.Trim(params))
	assert.Equal(t, full/2, e.Usage().Weights)
	x, y := tensorOf(t, e, 10, 20, 30), tensorOf(t, e, 0, 0, 0)
	mustRun(t, kept, x, y)
	assert.Equal(t, []float32{11, 22, 33}, valuesOf(t, y))
	again, err := e.Compile(ctx, addWeight("w", 3), params)
	require.NoError(t, err)
	mustRun(t, again, x, y)
	assert.Equal(t, []float32{14, 25, 36}, valuesOf(t, y))
	assert.Equal(t, []string{"v", "w", "w"}, src.asked)
	assert.ErrorContains(t, open(t).Trim(params), "not of this executor")
}
