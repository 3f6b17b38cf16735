package graph

// ConvTranspose is PyTorch's ConvTranspose2d: x [N, I, H, W] with w [I, O, K, K] and bias b [O] or nil, the adjoint of a Conv of that stride and
// zero padding. The result is [N, O, (H−1)·stride − 2·pad + K + outputPad, ...], with outputPad < stride.
func (g *Graph) ConvTranspose(x, w, b *Node, stride, pad, outputPad int) *Node {
	if !g.check(len(x.Shape) == 4 && len(w.Shape) == 4 && w.Shape[2] == w.Shape[3], OpConvTranspose, "x %v and w %v must be NCHW and IOKK", x.Shape, w.Shape) ||
		!g.check(x.Shape[1] == w.Shape[0], OpConvTranspose, "x has %d channels, w %v takes %d", x.Shape[1], w.Shape, w.Shape[0]) ||
		!g.check(b == nil || b.Shape.Equal(Shape{w.Shape[1]}), OpConvTranspose, "bias must be [%d]", w.Shape[1]) ||
		!g.check(stride >= 1 && pad >= 0 && outputPad >= 0 && outputPad < stride, OpConvTranspose, "stride %d, pad %d and output padding %d", stride, pad, outputPad) {
		return g.add(OpConvTranspose, Shape{1, 1, 1, 1}, Attrs{})
	}
	in := []*Node{x, w}
	if b != nil {
		in = append(in, b)
	}
	size := func(n int) int { return (n-1)*stride - 2*pad + w.Shape[2] + outputPad }
	return g.add(OpConvTranspose, Shape{x.Shape[0], w.Shape[1], size(x.Shape[2]), size(x.Shape[3])}, Attrs{Stride: stride, Pad: pad}, in...)
}

func convTransposeRule(d *gradients, n, dy *Node) {
	// a Conv's, with x and dy in each other's place
	x, w := n.Inputs[0], n.Inputs[1]
	a := ConvAttrs{Stride: n.Stride, Pad: n.Pad}
	d.to(w, func() *Node { return d.add(OpConvGradWeight, w.Shape, Attrs{Stride: a.Stride, Pad: a.Pad}, dy, x) })
	if len(n.Inputs) == 3 {
		d.to(n.Inputs[2], func() *Node { return d.ReduceSum(dy, 1, 2) })
	}
	d.to(x, func() *Node { return d.Conv(dy, w, nil, a) })
}

// convTransposeParts takes a ConvTranspose apart. The gradient of a Conv's input, which is a convolution, too.
func convTransposeParts(g *Graph, n *Node, in []*Node) *Node {
	y := g.convGradInput(in[0], g.flipKernels(in[1], n.Stride), n.Shape, ConvAttrs{Stride: n.Stride, Pad: n.Pad})
	if len(in) == 3 {
		y = g.Affine(y, g.Constant(1, n.Shape[1]), in[2])
	}
	return y
}

func convTransposeBound(n *Node, in func(i int) float64, w Reach) float64 {
	return in(0)*w.Abs*float64(n.Inputs[1].Shape.Elems()/n.Shape[1]) + biasBound(n, in)
}
