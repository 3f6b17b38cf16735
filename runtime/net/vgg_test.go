package net

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// TestMaxPool: the largest of each 2×2, and its gradient goes to where that is.
func TestMaxPool(t *testing.T) {
	ctx := context.Background()
	g := graph.New()
	x := g.Input("x", 2, 2, 4, 6)
	y := maxPool(g, x)
	g.Output("y", y)
	g.Output("dx", g.Gradient(g.ReduceMean(y), []*graph.Node{x})[0])
	e := cpu.New(cpu.Options{})
	defer e.Close()
	p, err := e.Compile(ctx, g, e.NewParams(nil))
	require.NoError(t, err)
	values := make([]float32, x.Shape.Elems())
	for i := range values {
		values[i] = float32(i * 37 % 101) // all different
	}
	var tensors []graph.Tensor
	for _, n := range []*graph.Node{x, y, x} {
		tensor, err := e.NewTensor(n.Shape)
		require.NoError(t, err)
		tensors = append(tensors, tensor)
	}
	require.NoError(t, tensors[0].Write(ctx, values))
	require.NoError(t, p.Run(ctx, tensors[:1], tensors[1:]))
	got, gradient := make([]float32, y.Shape.Elems()), make([]float32, len(values))
	require.NoError(t, tensors[1].Read(ctx, got))
	require.NoError(t, tensors[2].Read(ctx, gradient))
	for i := range got {
		plane, row, column := i/6, i/3%2, i%3
		best := plane*24 + 2*row*6 + 2*column
		for _, at := range []int{best + 1, best + 6, best + 7} {
			if values[at] > values[best] {
				best = at
			}
		}
		require.Equal(t, values[best], got[i])
		require.InDelta(t, 1/float32(len(got)), gradient[best], 1e-9)
	}
	sum := float32(0)
	for _, v := range gradient {
		sum += v
	}
	require.InDelta(t, 1, sum, 1e-6)
}
