package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReachOf: the largest magnitude and the largest row, wherever they are.
func TestReachOf(t *testing.T) {
	assert.Equal(t, Reach{Abs: 5, Row: 6}, ReachOf([]float32{1, -5, 2, 3, 0, -1}, Shape{3, 2}))
	assert.Equal(t, Reach{Abs: 4, Row: 7}, ReachOf([]float32{1, 0, -3, -4}, Shape{2, 2}))
}

// TestBounds holds the bound of each op against the largest value that it can have: inputs are within 3, params as reach says.
func TestBounds(t *testing.T) {
	reach := map[string]Reach{"w": {Abs: 2, Row: 10}, "b": {Abs: 7, Row: 7}, "slope": {Abs: 4, Row: 4}, "small": {Abs: 0.25, Row: 0.25}}
	for name, c := range map[string]struct {
		want  float64
		build func(g *Graph, x *Node) *Node // x is [1, 4, 8, 8]
	}{
		"conv": {30, func(g *Graph, x *Node) *Node { return g.Conv(x, g.Param("w", 2, 4, 3, 3), nil, ConvAttrs{Stride: 1}) }},
		"conv with a bias": {37, func(g *Graph, x *Node) *Node {
			return g.Conv(x, g.Param("w", 2, 4, 3, 3), g.Param("b", 2), ConvAttrs{Stride: 1})
		}},
		"gemm":          {37, func(g *Graph, x *Node) *Node { return g.Gemm(x, g.Param("w", 2, 256), g.Param("b", 2)) }},
		"affine":        {13, func(g *Graph, x *Node) *Node { return g.Affine(x, g.Param("w", 4), g.Param("b", 4)) }},
		"instance norm": {8, func(g *Graph, x *Node) *Node { return g.InstanceNorm(x, 1e-5) }},
		"layer norm":    {16, func(g *Graph, x *Node) *Node { return g.LayerNorm(x, 1e-5) }},
		"add":           {6, func(g *Graph, x *Node) *Node { return g.Add(x, x) }},
		"sub":           {6, func(g *Graph, x *Node) *Node { return g.Sub(x, x) }},
		"mul":           {9, func(g *Graph, x *Node) *Node { return g.Mul(x, x) }},
		"scale":         {6, func(g *Graph, x *Node) *Node { return g.Scale(x, -2) }},
		"tanh":          {1, func(g *Graph, x *Node) *Node { return g.Activate(ActTanh, x) }},
		"softplus":      {4, func(g *Graph, x *Node) *Node { return g.Activate(ActSoftplus, x) }},
		"exp":           {math.Exp(3), func(g *Graph, x *Node) *Node { return g.Activate(ActExp, x) }},
		"relu":          {3, func(g *Graph, x *Node) *Node { return g.Activate(ActRelu, x) }},
		"selu":          {3 * SeluScale, func(g *Graph, x *Node) *Node { return g.Activate(ActSelu, x) }},
		"selu of small values": {SeluScale * SeluAlpha, func(g *Graph, x *Node) *Node {
			return g.Activate(ActSelu, g.Scale(x, 0.01))
		}},
		"prelu, steep": {12, func(g *Graph, x *Node) *Node { return g.PRelu(x, g.Param("slope", 1)) }},
		"prelu":        {3, func(g *Graph, x *Node) *Node { return g.PRelu(x, g.Param("small", 1)) }},
		"constant":     {5, func(g *Graph, x *Node) *Node { return g.Constant(-5, 1) }},
		"sum":          {3 * 64, func(g *Graph, x *Node) *Node { return g.ReduceSum(x, 1, 2) }},
		"mean":         {3, func(g *Graph, x *Node) *Node { return g.ReduceMean(x) }},
	} {
		g := New()
		y := c.build(g, g.Input("x", 1, 4, 8, 8))
		require.NoError(t, g.Err(), name)
		bounds, over, err := g.Bounds(func(*Node) float64 { return 3 }, func(n *Node) (Reach, error) { return reach[n.Name], nil })
		require.NoError(t, err)
		assert.Nil(t, over, name)
		assert.InEpsilon(t, c.want, bounds[y.ID], 1e-6, name)
	}
}

// TestBoundsOfNorms: a norm squares its input's distance from the mean, up to twice the input, and adds up.
func TestBoundsOfNorms(t *testing.T) {
	g := New()
	y := g.InstanceNorm(g.Input("x", 1, 4, 8, 8), 1e-5)
	edge := math.Sqrt(math.MaxFloat32/64) / 2
	for size, want := range map[float64]*Node{0.99 * edge: nil, 1.01 * edge: y} {
		_, over, err := g.Bounds(func(*Node) float64 { return size }, nil)
		require.NoError(t, err)
		assert.Same(t, want, over, "%g", size)
	}
}
