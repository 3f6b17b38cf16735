package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// block is a residual block with AdaIN, an upsampling and an output conv: everything that Fuse knows.
func block(g *Graph) {
	x, p := g.Input("x", 1, 4, 8, 8), g.Input("adain", 1, 16)
	at := 0
	adain := func(x *Node) *Node {
		y := g.Affine(g.InstanceNorm(x, 1e-5), g.Slice(p, at+4, 4), g.Slice(p, at, 4))
		at += 8
		return y
	}
	conv := func(x *Node, w string) *Node {
		return g.Conv(x, g.Param(w, 4, 4, 3, 3), nil, ConvAttrs{Stride: 1, Pad: 1, Mode: PadReflect})
	}
	h := g.Activate(ActRelu, adain(conv(x, "w0")))
	x = g.Add(x, adain(conv(h, "w1")))
	g.Output("y", g.Activate(ActTanh, conv(g.Upsample(x), "w2")))
}

func TestFuse(t *testing.T) {
	g := New()
	block(g)
	require.NoError(t, g.Err())
	f := Fuse(g)
	var ops []Op
	for i, n := range f.Nodes() {
		require.Equal(t, i, n.ID)
		for _, in := range n.Inputs {
			require.Less(t, in.ID, n.ID)
			require.Same(t, in, f.Nodes()[in.ID])
		}
		if n.Op != OpInput && n.Op != OpParam {
			ops = append(ops, n.Op)
		}
	}
	require.Equal(t, []Op{OpConv, OpInstanceNorm, OpConv, OpInstanceNorm, OpConv}, ops)
	nodes := f.Nodes()
	last := nodes[len(nodes)-1]
	require.True(t, last.Upsample)
	require.Equal(t, ActTanh, last.Act)
	norm := last.Inputs[0]
	require.True(t, norm.Residual)
	require.Equal(t, AffineAt{ScaleOffset: 12, ScaleStride: 16, ShiftOffset: 8, ShiftStride: 16}, *norm.Affine)
	require.Equal(t, g.FLOPs(), f.FLOPs())
}

// TestFuseLeavesSharedNodes: what two nodes read, or the caller wants, must still be computed.
func TestFuseLeavesSharedNodes(t *testing.T) {
	g := New()
	n := g.InstanceNorm(g.Input("x", 1, 2, 3, 3), 1e-5)
	r := g.Activate(ActRelu, n)
	g.Output("relu", r)
	g.Output("norm", n)
	f := Fuse(g)
	require.Len(t, f.Nodes(), 3)
	require.Equal(t, OpActivation, f.Outputs()[0].Op)
	require.Equal(t, ActNone, f.Outputs()[1].Act)
}

// TestFuseTakesParamsMadeLater: a network makes the norm before it asks for the norm's parameters.
func TestFuseTakesParamsMadeLater(t *testing.T) {
	g := New()
	n := g.LayerNorm(g.Input("x", 1, 2, 3, 3), 1e-5)
	g.Output("y", g.Activate(ActRelu, g.Affine(n, g.Param("gamma", 2), g.Param("beta", 2))))
	require.NoError(t, g.Err())
	norm := Fuse(g).Outputs()[0]
	require.Equal(t, OpLayerNorm, norm.Op)
	require.Equal(t, ActRelu, norm.Act)
	require.Equal(t, []string{"x", "gamma", "beta"}, []string{norm.Inputs[0].Name, norm.Inputs[1].Name, norm.Inputs[2].Name})
}

// TestSlotsDoNotOverlap replays the plan and checks that no node's memory is overwritten while someone will still read it.
func TestSlotsDoNotOverlap(t *testing.T) {
	for _, fuse := range []bool{false, true} {
		g := New()
		block(g)
		if fuse {
			g = Fuse(g)
		}
		s := PlanSlots(g)
		owner := make([]*Node, len(s.Size))
		for _, n := range g.Nodes() {
			for _, in := range n.Inputs {
				if slot := s.Of[in.ID]; slot != NoSlot {
					require.Same(t, in.Storage(), owner[slot], "%v reads what is gone", n.Op)
				}
			}
			if slot := s.Of[n.ID]; slot != NoSlot && n.Op != OpReshape {
				for _, in := range n.Inputs {
					require.NotEqual(t, slot, s.Of[in.ID], "%v writes over its own input", n.Op)
				}
				require.GreaterOrEqual(t, s.Size[slot], n.Shape.Elems())
				owner[slot] = n
			}
		}
		require.LessOrEqual(t, s.Live, s.Elems())
		require.Equal(t, NoSlot, s.Of[g.Outputs()[0].ID])
	}
}

// TestSlotsOfAChain: at each step of a chain two values are alive, so that two slots do for all of them, each as large as the first that has it.
func TestSlotsOfAChain(t *testing.T) {
	g := New()
	x := g.Input("x", 1, 10)
	for range 4 {
		x = g.Scale(x, 2)
	}
	g.Output("y", g.Scale(x, 2))
	s := PlanSlots(g)
	require.Equal(t, 20, s.Live)
	require.Equal(t, []int{10, 10}, s.Size)
	require.Equal(t, 20, s.Elems())

	g = New()
	x = g.ReduceMean(g.Scale(g.Input("x", 4), 2)) // 4, then 1
	wide := g.Scale(g.Expand(x, Shape{16}, 0), 2) // 16 and 16
	g.Output("y", g.ReduceMean(wide))
	s = PlanSlots(g)
	require.Equal(t, []int{16, 16}, s.Size, "the largest choose first, and the small ones take what is there")
	require.Equal(t, 32, s.Live)
}

// TestFLOPs counts a multiplication and an addition for each weight that a result's element takes.
func TestFLOPs(t *testing.T) {
	g := New()
	x := g.Input("x", 2, 3, 8, 6)
	y := g.Conv(x, g.Param("w", 5, 3, 3, 3), nil, ConvAttrs{Stride: 1, Pad: 1})
	const conv = 2 * (2 * 5 * 8 * 6) * (3 * 3 * 3)
	require.EqualValues(t, conv, g.FLOPs())
	g.Output("z", g.Gemm(y, g.Param("v", 7, 5*8*6), nil))
	require.EqualValues(t, conv+2*(2*7)*(5*8*6), g.FLOPs())
	w := g.Input("weight", 5, 3, 3, 3)
	before := g.FLOPs()
	g.Gradient(g.ReduceMean(g.Conv(x, w, nil, ConvAttrs{Stride: 1, Pad: 1})), []*Node{w})
	require.EqualValues(t, before+2*conv, g.FLOPs(), "its weights' gradient takes as many as itself")
}

func TestErrorsNameScopeAndShapes(t *testing.T) {
	for want, build := range map[string]func(g *Graph){
		"enc: Conv: x has 3 channels, w [8 4 3 3] takes 4": func(g *Graph) {
			g.Conv(g.Input("x", 1, 3, 9, 9), g.Param("w", 8, 4, 3, 3), nil, ConvAttrs{Stride: 1})
		},
		"enc: Conv: reflect padding by 3 needs more than 3 pixels a side, x is [1 3 3 9]": func(g *Graph) {
			g.Conv(g.Input("x", 1, 3, 3, 9), g.Param("w", 8, 3, 7, 7), nil, ConvAttrs{Stride: 1, Pad: 3, Mode: PadReflect})
		},
		"enc: Conv: the result would have shape [1 8 0 1]; every extent must be at least 1": func(g *Graph) {
			g.Conv(g.Input("x", 1, 3, 2, 4), g.Param("w", 8, 3, 4, 4), nil, ConvAttrs{Stride: 1})
		},
		"enc: Add: shapes [2 3] and [3 2] differ":                           func(g *Graph) { g.Add(g.Input("a", 2, 3), g.Input("b", 3, 2)) },
		"enc: Gemm: x [2 3] does not fit w [4 5]":                           func(g *Graph) { g.Gemm(g.Input("a", 2, 3), g.Param("w", 4, 5), nil) },
		"enc: Param: w was declared [2], now [3]":                           func(g *Graph) { g.Param("w", 2); g.Param("w", 3) },
		"enc: Slice: columns [3, 6) of [1 5]":                               func(g *Graph) { g.Slice(g.Input("p", 1, 5), 3, 3) },
		"enc: Reshape: [7] does not have the elements of [2 3]":             func(g *Graph) { g.Reshape(g.Input("a", 2, 3), 7) },
		"enc: Output: y is an input or a param; an output must be computed": func(g *Graph) { g.Output("y", g.Input("y", 1)) },
	} {
		g := New()
		g.Scope("enc")
		build(g)
		require.EqualError(t, g.Err(), want)
	}
}
