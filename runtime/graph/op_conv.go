package graph

// ConvAttrs are the attributes of Conv.
type ConvAttrs struct {
	Stride, Pad int
	Mode        PadMode
}

// Conv is a 2-D convolution as in PyTorch and ONNX (a correlation) of x [N, I, H, W] with w [O, I, K, K] and bias b [O] or nil,
// after padding by a.Pad on all sides: [N, O, (H+2·Pad−K)/Stride+1, (W+2·Pad−K)/Stride+1].
func (g *Graph) Conv(x, w, b *Node, a ConvAttrs) *Node {
	if !g.check(len(x.Shape) == 4 && len(w.Shape) == 4 && w.Shape[2] == w.Shape[3], OpConv, "x %v and w %v must be NCHW and OIKK", x.Shape, w.Shape) ||
		!g.check(x.Shape[1] == w.Shape[1], OpConv, "x has %d channels, w %v takes %d", x.Shape[1], w.Shape, w.Shape[1]) ||
		!g.check(b == nil || b.Shape.Equal(Shape{w.Shape[0]}), OpConv, "bias must be [%d]", w.Shape[0]) ||
		!g.check(a.Stride >= 1 && a.Pad >= 0, OpConv, "stride %d and pad %d", a.Stride, a.Pad) ||
		!g.check(a.Mode != PadReflect || a.Pad < min(x.Shape[2], x.Shape[3]), OpConv, "reflect padding by %d needs more than %d pixels a side, x is %v", a.Pad, a.Pad, x.Shape) {
		return g.add(OpConv, Shape{1, 1, 1, 1}, Attrs{})
	}
	k := w.Shape[2]
	size := func(n int) int {
		if n+2*a.Pad < k {
			return 0
		}
		return (n+2*a.Pad-k)/a.Stride + 1
	}
	in := []*Node{x, w}
	if b != nil {
		in = append(in, b)
	}
	return g.add(OpConv, Shape{x.Shape[0], w.Shape[0], size(x.Shape[2]), size(x.Shape[3])}, Attrs{Stride: a.Stride, Pad: a.Pad, PadMode: a.Mode}, in...)
}

func convRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[1], func() *Node { return d.convGradWeight(n, dy) })
	if len(n.Inputs) == 3 {
		d.to(n.Inputs[2], func() *Node { return d.ReduceSum(dy, 1, 2) })
	}
	x := n.Inputs[0]
	if d.foldsUpsampling(n) {
		d.to(x.Inputs[0], func() *Node { return d.upsampledConvGrad(n, dy) })
	} else {
		d.to(x, func() *Node { return d.convInput(n, dy) })
	}
}

// foldsUpsampling reports whether n and the upsampling before it have one rule together, which skips the gradient of the large picture: of the decoder's
// 5×5 convolutions they are computed by parities, with 36 % of the work (package phase).
func (d *gradients) foldsUpsampling(n *Node) bool {
	x, k := n.Inputs[0], n.Inputs[1].Shape[2]
	return x.Op == OpUpsample && !d.asked[x] && k == 5 && n.Stride == 1 && n.Pad == 2 && min(x.Inputs[0].Shape[2], x.Inputs[0].Shape[3]) >= 2
}

// convInput is the gradient of a Conv's input: a convolution again, which has the fast kernels of all.
func (d *gradients) convInput(n, dy *Node) *Node {
	key := flip{n.Inputs[1], n.Stride}
	if d.flipped[key] == nil {
		d.flipped[key] = d.flipKernels(key.w, key.stride)
	}
	return d.convGradInput(dy, d.flipped[key], n.Inputs[0].Shape, ConvAttrs{n.Stride, n.Pad, n.PadMode})
}

// productBound is that of sums of products with the rows of weights, and a bias.
func productBound(n *Node, in func(i int) float64, w Reach) float64 {
	return in(0)*w.Row + biasBound(n, in)
}

func biasBound(n *Node, in func(i int) float64) float64 {
	if len(n.Inputs) > 2 {
		return in(2)
	}
	return 0
}

// productFLOPs counts a multiply-add for each weight that goes into an element of the result.
func productFLOPs(n *Node) int64 {
	return 2 * int64(n.Shape.Elems()) * int64(n.Inputs[1].Shape[1:].Elems())
}

// scatterFLOPs counts one for each weight that an element of the input goes into.
func scatterFLOPs(n *Node) int64 {
	return 2 * int64(n.Inputs[0].Shape.Elems()) * int64(n.Inputs[1].Shape[1:].Elems())
}
