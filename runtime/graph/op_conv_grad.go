package graph

// convGradWeight is the gradient of a Conv's weights.
func (g *Graph) convGradWeight(conv, dy *Node) *Node {
	return g.add(OpConvGradWeight, conv.Inputs[1].Shape, Attrs{Stride: conv.Stride, Pad: conv.Pad, PadMode: conv.PadMode}, conv.Inputs[0], dy)
}

func convGradWeightFLOPs(n *Node) int64 {
	return 2 * int64(n.Inputs[1].Shape.Elems()) * int64(n.Shape[1:].Elems())
}

// flipKernels turns the kernels of a Conv, w [O, I, K, K], into those of its adjoint, [S·S·I, O, T, T] with S the stride and T = K/S, rounded
// up. What the convolution read at a position j = S·q + r of the padded input, row or column, it read by the taps r, r + S, ... of output
// pixels q, q − 1, ...: so the gradient there is a convolution of dy of stride 1, with kernels of their own for each pair (ry, rx) of residues,
// which are blocks of I channels, in the order ry·S + rx.
func (g *Graph) flipKernels(w *Node, stride int) *Node {
	s := w.Shape
	taps := (s[2] + stride - 1) / stride
	return g.add(OpFlipKernels, Shape{stride * stride * s[1], s[0], taps, taps}, Attrs{Stride: stride}, w)
}

// convGradInput is the gradient of what a Conv with a takes, of a shape, from that of its result and its kernels as flipKernels has them: a convolution again,
// in blocks of S·S·I channels. Where there is more than zeros cut off by not computing them, every pixel then sums up the positions of the padded input
// that show it (FoldPadding); positions beyond were not read and have none.
func (g *Graph) convGradInput(dy, flipped *Node, shape Shape, a ConvAttrs) *Node {
	taps := flipped.Shape[2]
	if a.Stride == 1 && a.Mode == PadZero && a.Pad < taps {
		return g.Conv(dy, flipped, nil, ConvAttrs{Stride: 1, Pad: taps - 1 - a.Pad})
	}
	y := g.Conv(dy, flipped, nil, ConvAttrs{Stride: 1, Pad: taps - 1})
	return g.add(OpFoldPadding, shape, Attrs{Stride: a.Stride, Pad: a.Pad, PadMode: a.Mode}, y)
}

// upsampledConvGrad is the gradient of what a nearest ×2 upsampling takes, through the upsampling and conv behind it, 5×5 of stride 1 with padding 2.
func (g *Graph) upsampledConvGrad(conv, dy *Node) *Node {
	return g.add(OpUpsampledConvGrad, conv.Inputs[0].Inputs[0].Shape, Attrs{Stride: 1, Pad: conv.Pad, PadMode: conv.PadMode}, dy, conv.Inputs[1])
}

// upsampledConvGradParts takes a UpsampledConvGrad apart. The gradient of the large picture, and of four of its pixels the sum.
func upsampledConvGradParts(g *Graph, n *Node, in []*Node) *Node {
	const pixels = 4 // that one became
	large := Shape{n.Shape[0], n.Shape[1], 2 * n.Shape[2], 2 * n.Shape[3]}
	y := g.convGradInput(in[0], g.flipKernels(in[1], 1), large, ConvAttrs{Stride: 1, Pad: n.Pad, Mode: n.PadMode})
	return g.Scale(g.AveragePool(y, 2, 2, 0), pixels)
}
