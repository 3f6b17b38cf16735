package graph

import "slices"

// composites say what ops are made of that executors have no kernels for. Fuse puts these in their place, so that such an op costs a definition
// (reference), a gradient (rules), a bound (Bounds) and, for export, its ONNX form, and no kernel.
var composites = map[Op]func(g *Graph, n *Node, in []*Node) *Node{
	// The gradient of a Conv's input, which is a convolution, too.
	OpConvTranspose: func(g *Graph, n *Node, in []*Node) *Node {
		y := g.convGradInput(in[0], g.flipKernels(in[1], n.Stride), n.Shape, ConvAttrs{Stride: n.Stride, Pad: n.Pad})
		if len(in) == 3 {
			y = g.Affine(y, g.Constant(1, n.Shape[1]), in[2])
		}
		return y
	},
	// The gradient of the large picture, and of four of its pixels the sum.
	OpUpsampledConvGrad: func(g *Graph, n *Node, in []*Node) *Node {
		const pixels = 4 // that one became
		large := Shape{n.Shape[0], n.Shape[1], 2 * n.Shape[2], 2 * n.Shape[3]}
		y := g.convGradInput(in[0], g.flipKernels(in[1], 1), large, ConvAttrs{Stride: 1, Pad: n.Pad, Mode: n.PadMode})
		return g.Scale(g.AveragePool(y, 2, 2, 0), pixels)
	},
	// Each part stands among zeros, and the sum has all.
	OpConcat: func(g *Graph, n *Node, in []*Node) *Node {
		width, at := n.Shape[1:].Elems(), 0
		var sum *Node
		for _, x := range in {
			part := g.Pad(g.Reshape(x, x.Shape[0], x.Shape[1:].Elems()), at, width)
			at += x.Shape[1:].Elems()
			if sum != nil {
				part = g.Add(sum, part)
			}
			sum = part
		}
		return g.Reshape(sum, n.Shape...)
	},
}

// Composite reports whether Fuse replaces o by other ops, so that executors meet it only if they have a way of their own.
func (o Op) Composite() bool { return composites[o] != nil }

// decompose returns g with composites' ops replaced by what they are made of, or g itself if it has none. Those in own stay.
func decompose(g *Graph, own []Op) *Graph {
	parting := func(n *Node) bool { return composites[n.Op] != nil && !slices.Contains(own, n.Op) }
	if !slices.ContainsFunc(g.nodes, parting) {
		return g
	}
	out, to := New(), make([]*Node, len(g.nodes))
	out.alone = g.alone
	for _, n := range g.nodes {
		in := make([]*Node, len(n.Inputs))
		for i, x := range n.Inputs {
			in[i] = to[x.ID]
		}
		out.Scope(n.Name)
		if parting(n) {
			to[n.ID] = composites[n.Op](out, n, in)
			continue
		}
		c := *n
		c.ID, c.Inputs = len(out.nodes), in
		out.nodes = append(out.nodes, &c)
		to[n.ID] = &c
		if n.Op == OpParam {
			out.params[n.Name] = &c
		}
	}
	for i, n := range g.outputs {
		out.Output(g.names[i], to[n.ID])
	}
	for _, n := range g.inputs {
		out.inputs = append(out.inputs, to[n.ID])
	}
	return out
}

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

// Concat puts the channels of all, [N, C, H, W] of one N, H and W, behind one another.
func (g *Graph) Concat(all ...*Node) *Node {
	shape := append(Shape(nil), all[0].Shape...)
	for i, x := range all {
		if !g.check(len(x.Shape) == 4 && x.Shape[0] == shape[0] && x.Shape[2:].Equal(shape[2:]), OpConcat, "%v does not fit %v", x.Shape, all[0].Shape) {
			return g.add(OpConcat, all[0].Shape, Attrs{}, all[0])
		}
		if i > 0 {
			shape[1] += x.Shape[1]
		}
	}
	return g.add(OpConcat, shape, Attrs{}, all...)
}
