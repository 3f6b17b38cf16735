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

// TestFoldUpsampling folds the way back through an upsampling, and nothing that looks like it only.
func TestFoldUpsampling(t *testing.T) {
	for _, mode := range []PadMode{PadZero, PadReflect} {
		for name, change := range map[string]func(scale, pool, conv *Node){
			"":                 func(_, _, _ *Node) {},
			"another factor":   func(scale, _, _ *Node) { scale.Factor = 3 },
			"larger windows":   func(_, pool, _ *Node) { pool.Kernel = 3 },
			"a smaller stride": func(_, pool, _ *Node) { pool.Stride = 1 },
			"padded windows":   func(_, pool, _ *Node) { pool.Pad = 1 },
			"a stride":         func(_, _, conv *Node) { conv.Stride = 2 },
			"another padding":  func(_, _, conv *Node) { conv.Pad = 3 },
			"an activation":    func(_, _, conv *Node) { conv.Act = ActRelu },
			"an upsampling":    func(_, _, conv *Node) { conv.Upsample = true },
			"flipped strides":  func(_, _, conv *Node) { conv.Inputs[1].Stride = 2 },
		} {
			g := New()
			x := g.Input("x", 1, 2, 6, 6)
			up := g.Conv(g.Upsample(x), g.Param("w", 3, 2, 5, 5), nil, ConvAttrs{Stride: 1, Pad: 2, Mode: mode})
			g.Output("dx", g.Gradient(g.ReduceMean(up), []*Node{x})[0])
			require.NoError(t, g.Err())
			f := Fuse(g)
			scale := f.Outputs()[0]
			require.Equal(t, OpScale, scale.Op)
			pool := scale.Inputs[0]
			conv := pool.Inputs[0]
			if conv.Op == OpFoldPadding {
				conv = conv.Inputs[0]
			}
			require.Equal(t, OpConv, conv.Op)
			change(scale, pool, conv)
			FoldUpsampling(f)
			folded := f.Outputs()[0].Op == OpFoldPadding
			assert.Equal(t, name == "", folded, "%v padding, %s", mode, name)
			if folded {
				assert.Equal(t, mode, f.Outputs()[0].PadMode)
			}
		}
	}
}
