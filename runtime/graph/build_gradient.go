package graph

import "slices"

// Constant is a tensor whose elements all have one value (ONNX: ConstantOfShape).
func (g *Graph) Constant(value float32, shape ...int) *Node {
	return g.add(OpConstant, shape, Attrs{Factor: value})
}

// ReduceSum keeps the axes [first, last) of x and sums over all others: x.Shape[first:last], or [1] if no axis is kept.
func (g *Graph) ReduceSum(x *Node, first, last int) *Node {
	if !g.check(0 <= first && first <= last && last <= len(x.Shape), OpReduceSum, "axes [%d, %d) of %v", first, last, x.Shape) {
		return g.add(OpReduceSum, Shape{1}, Attrs{}, x)
	}
	shape := x.Shape[first:last]
	if first == last {
		shape = Shape{1}
	}
	return g.add(OpReduceSum, shape, Attrs{Axes: [2]int{first, last}}, x)
}

// Expand repeats x along all axes of shape but those from first on that x has itself: x.Shape is shape[first:first+len(x.Shape)]. An x of one
// element fits every shape.
func (g *Graph) Expand(x *Node, shape Shape, first int) *Node {
	last := first + len(x.Shape)
	if x.Shape.Elems() == 1 {
		first, last = 0, 0
	} else {
		g.check(0 <= first && last <= len(shape) && shape[first:last].Equal(x.Shape), OpExpand, "%v is not what %v has from axis %d on", x.Shape, shape, first)
	}
	return g.add(OpExpand, shape, Attrs{Axes: [2]int{first, last}}, x)
}

// Transpose exchanges rows and columns of x [N, M]: [M, N].
func (g *Graph) Transpose(x *Node) *Node {
	if !g.check(len(x.Shape) == 2, OpTranspose, "x must be a matrix, is %v", x.Shape) {
		return g.add(OpTranspose, Shape{1, 1}, Attrs{}, x)
	}
	return g.add(OpTranspose, Shape{x.Shape[1], x.Shape[0]}, Attrs{}, x)
}

// Pad puts the columns of x [N, M] at start of a matrix of zeros [N, width]. It undoes Slice.
func (g *Graph) Pad(x *Node, start, width int) *Node {
	if !g.check(len(x.Shape) == 2 && start >= 0 && start+x.Shape[1] <= width, OpPad, "%v at column %d of %d", x.Shape, start, width) {
		return g.add(OpPad, x.Shape, Attrs{}, x)
	}
	return g.add(OpPad, Shape{x.Shape[0], width}, Attrs{Start: start}, x)
}

// activationGrad is dy times the derivative of a. at is the activation's result, so that its argument need not be kept, or the argument where the
// result does not tell (Activation.AtArgument).
func (g *Graph) activationGrad(a Activation, at, dy *Node) *Node {
	return g.add(OpActivationGrad, dy.Shape, Attrs{Of: a}, at, dy)
}

// convGradWeight is the gradient of a Conv's weights.
func (g *Graph) convGradWeight(conv, dy *Node) *Node {
	return g.add(OpConvGradWeight, conv.Inputs[1].Shape, Attrs{Stride: conv.Stride, Pad: conv.Pad, PadMode: conv.PadMode}, conv.Inputs[0], dy)
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

// normGrad is the gradient of an InstanceNorm or LayerNorm. It finds the moments again rather than have them kept.
func (g *Graph) normGrad(norm, dy *Node) *Node {
	op := OpInstanceNormGrad
	if norm.Op == OpLayerNorm {
		op = OpLayerNormGrad
	}
	return g.add(op, dy.Shape, Attrs{Eps: norm.Eps}, norm.Inputs[0], dy)
}

func (g *Graph) averagePoolGrad(pool, dy *Node) *Node {
	return g.add(OpAveragePoolGrad, pool.Inputs[0].Shape, Attrs{Kernel: pool.Kernel, Stride: pool.Stride, Pad: pool.Pad}, dy)
}

// upsampledConvGrad is the gradient of what a nearest ×2 upsampling takes, through the upsampling and conv behind it, 5×5 of stride 1 with padding 2.
func (g *Graph) upsampledConvGrad(conv, dy *Node) *Node {
	return g.add(OpUpsampledConvGrad, conv.Inputs[0].Inputs[0].Shape, Attrs{Stride: 1, Pad: conv.Pad, PadMode: conv.PadMode}, dy, conv.Inputs[1])
}

// reshaped is x in a shape, itself if it has that.
func (g *Graph) reshaped(x *Node, shape Shape) *Node {
	if x.Shape.Equal(shape) {
		return x
	}
	return g.Reshape(x, slices.Clone(shape)...)
}
