package lowering

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

// TestHomes: values lie in slots of the plan, in the caller's tensors, or are a model's; a view lies where what it views does.
func TestHomes(t *testing.T) {
	g := graph.New()
	x, w := g.Input("x", 2, 6), g.Param("w", 12)
	viewed := g.Reshape(w, 2, 6)
	between := g.Add(x, viewed)
	y := g.Scale(between, 2)
	flat := g.Reshape(y, 12)
	g.Output("flat", flat)
	g.Output("y", y) // the same values again
	z := g.Scale(g.Reshape(between, 12), 3)
	g.Output("z", z)
	p, err := New(g)
	require.NoError(t, err)
	assert.False(t, p.Training)
	for n, want := range map[*graph.Node]Home{
		x: {InArg, 0}, w: {Kind: InWeight}, viewed: {Kind: InWeight}, between: {InSlot, 0}, y: {InArg, 1}, flat: {InArg, 1}, z: {InArg, 3},
	} {
		got, ok := p.Home(n)
		assert.True(t, ok, Name(n))
		assert.Equal(t, want, got, Name(n))
	}
	_, ok := p.Home(&graph.Node{ID: x.ID})
	assert.False(t, ok, "a node of another graph")
	_, ok = p.Home(&graph.Node{ID: 99})
	assert.False(t, ok)

	var names []string
	require.NoError(t, p.Each(t.Context(), func(n *graph.Node) error { names = append(names, Name(n)); return nil }))
	assert.Equal(t, []string{"Add", "Scale", "Scale"}, names)
	g.Scope("dec")
	bad := g.Sub(x, x)
	g.Output("bad", bad)
	p, err = New(g)
	require.NoError(t, err)
	none := errors.New("there is no kernel")
	err = p.Each(t.Context(), func(n *graph.Node) error {
		if n == bad {
			return none
		}
		return nil
	})
	assert.ErrorIs(t, err, none)
	assert.ErrorContains(t, err, "dec: Sub: there is no kernel")
	ended, end := context.WithCancel(t.Context())
	end()
	assert.ErrorIs(t, p.Each(ended, func(*graph.Node) error { return nil }), context.Canceled)

	broken := graph.New()
	broken.Add(broken.Input("a", 1), broken.Input("b", 2))
	_, err = New(broken)
	assert.ErrorContains(t, err, "shapes [1] and [2] differ")
}

// source gives as many values as it has, whatever it is asked for.
type source []float32

func (s source) Float32s(string, []int) ([]float32, error) { return s, nil }

func TestValues(t *testing.T) {
	whole := &graph.Node{Op: graph.OpParam, Name: "w", Shape: graph.Shape{3, 2}}
	share := &graph.Node{Op: graph.OpParam, Name: "w[1:3]", Shape: graph.Shape{2, 2}, Inputs: []*graph.Node{whole}, Attrs: graph.Attrs{Start: 1}}
	six := source{1, 2, 3, 4, 5, 6}
	for n, want := range map[*graph.Node][]float32{whole: six, share: {3, 4, 5, 6}} {
		got, err := Values(six, n)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		_, err = Values(six[:4], n)
		assert.ErrorContains(t, err, "w: the source gave 4 values for shape [3 2], which has 6")
	}
	assert.NoError(t, SameShape(whole, graph.Shape{3, 2}))
	assert.ErrorContains(t, SameShape(whole, graph.Shape{2, 3}), "w: one graph takes shape [2 3], another [3 2]")
	assert.ErrorContains(t, CheckShape(graph.Shape{2, 0}), "every extent must be at least 1")
	assert.ErrorContains(t, CheckCount(graph.Shape{2, 2}, 3), "3 values for a tensor [2 2], which has 4")
}

func TestUsage(t *testing.T) {
	var u Usage
	u.Add(ForWeights, 8)
	u.Add(ForTensors, 4)
	u.Add(ForTensors, -4)
	u.Add(ForActivations, 2)
	u.Add(ForStaging, 1)
	assert.Equal(t, graph.Usage{Weights: 8, Activations: 2, Staging: 1, Peak: 12}, u.Now())
}
