package graph

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFuseLeavesWhatDoesNotFit: what a norm has taken in is applied in one order, affine, activation, sum, once each, and reads only what is
// there before the norm; a convolution takes one activation.
func TestFuseLeavesWhatDoesNotFit(t *testing.T) {
	for name, build := range map[string]func(g *Graph, x, s *Node) *Node{
		"an affine after an activation": func(g *Graph, x, s *Node) *Node { return g.Affine(g.Activate(ActRelu, g.InstanceNorm(x, 1e-5)), s, s) },
		"a second affine":               func(g *Graph, x, s *Node) *Node { return g.Affine(g.Affine(g.InstanceNorm(x, 1e-5), s, s), s, s) },
		"an affine after a sum":         func(g *Graph, x, s *Node) *Node { return g.Affine(g.Add(g.InstanceNorm(x, 1e-5), x), s, s) },
		"an activation after a sum":     func(g *Graph, x, s *Node) *Node { return g.Activate(ActRelu, g.Add(g.InstanceNorm(x, 1e-5), x)) },
		"a second activation": func(g *Graph, x, s *Node) *Node {
			return g.Activate(ActTanh, g.Activate(ActRelu, g.InstanceNorm(x, 1e-5)))
		},
		"a second sum": func(g *Graph, x, s *Node) *Node { return g.Add(g.Add(g.InstanceNorm(x, 1e-5), x), x) },
		"a sum with what comes later": func(g *Graph, x, s *Node) *Node {
			n := g.InstanceNorm(x, 1e-5)
			return g.Add(n, g.Scale(x, 2))
		},
		"a scale that comes later": func(g *Graph, x, s *Node) *Node {
			n := g.InstanceNorm(x, 1e-5)
			return g.Affine(n, g.Scale(s, 2), s)
		},
		"a shift that comes later": func(g *Graph, x, s *Node) *Node {
			n := g.InstanceNorm(x, 1e-5)
			return g.Affine(n, s, g.Scale(s, 2))
		},
		"what is read twice": func(g *Graph, x, s *Node) *Node {
			n := g.InstanceNorm(x, 1e-5)
			return g.Mul(g.Activate(ActRelu, n), n)
		},
	} {
		g := New()
		y := build(g, g.Input("x", 2, 3, 4, 4), g.Input("s", 2, 3))
		g.Output("y", y)
		require.NoError(t, g.Err(), name)
		assert.Equal(t, y.Op, Fuse(g).Outputs()[0].Op, name)
	}
}

// TestUpsampledConvGrad: the way back through an upsampling and the decoder's convolution is one node, where nobody asks for what lies between, and an
// executor without a way of its own gets what it is made of.
func TestUpsampledConvGrad(t *testing.T) {
	for name, c := range map[string]struct {
		kernel, stride, pad, side int
		asked, folds              bool
	}{
		"the decoder's":     {5, 1, 2, 6, false, true},
		"asked for between": {5, 1, 2, 6, true, false},
		"another kernel":    {3, 1, 1, 6, false, false},
		"another padding":   {5, 1, 1, 6, false, false},
		"a stride":          {5, 2, 2, 6, false, false},
		"one pixel":         {5, 1, 2, 1, false, false},
	} {
		g := New()
		x := g.Input("x", 1, 2, c.side, c.side)
		up := g.Upsample(x)
		y := g.Conv(up, g.Param("w", 3, 2, c.kernel, c.kernel), nil, ConvAttrs{Stride: c.stride, Pad: c.pad})
		wrt := []*Node{x}
		if c.asked {
			wrt = append(wrt, up)
		}
		for i, dx := range g.Gradient(g.ReduceMean(y), wrt) {
			g.Output("dx"+wrt[i].Name, dx)
		}
		require.NoError(t, g.Err())
		count := func(g *Graph) (n int) {
			for _, node := range g.Nodes() {
				if node.Op == OpUpsampledConvGrad {
					n++
				}
			}
			return n
		}
		assert.Equal(t, c.folds, count(g) == 1, name)
		assert.Zero(t, count(Fuse(g)), name)
		assert.Equal(t, c.folds, count(Fuse(g, OpUpsampledConvGrad)) == 1, name)
	}
}
