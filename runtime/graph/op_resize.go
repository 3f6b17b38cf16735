package graph

// Upsample doubles H and W by repeating pixels (nearest). x is NCHW.
func (g *Graph) Upsample(x *Node) *Node {
	if !g.check(len(x.Shape) == 4, OpUpsample, "x must be NCHW, is %v", x.Shape) {
		return g.add(OpUpsample, x.Shape, Attrs{}, x)
	}
	s := x.Shape
	return g.add(OpUpsample, Shape{s[0], s[1], 2 * s[2], 2 * s[3]}, Attrs{}, x)
}

func upsampleRule(d *gradients, n, dy *Node) {
	const pixels = 4 // that one became
	d.to(n.Inputs[0], func() *Node { return d.Scale(d.AveragePool(dy, 2, 2, 0), pixels) })
}

// AveragePool averages kernel×kernel windows; padding is not counted (count_include_pad = 0). x is NCHW.
func (g *Graph) AveragePool(x *Node, kernel, stride, pad int) *Node {
	if !g.check(len(x.Shape) == 4, OpAveragePool, "x must be NCHW, is %v", x.Shape) ||
		!g.check(kernel > pad && stride >= 1 && min(x.Shape[2], x.Shape[3])+2*pad >= kernel, OpAveragePool, "kernel %d, stride %d, pad %d do not fit %v", kernel, stride, pad, x.Shape) {
		return g.add(OpAveragePool, x.Shape, Attrs{}, x)
	}
	s := x.Shape
	return g.add(OpAveragePool, Shape{s[0], s[1], (s[2]+2*pad-kernel)/stride + 1, (s[3]+2*pad-kernel)/stride + 1},
		Attrs{Kernel: kernel, Stride: stride, Pad: pad}, x)
}

func averagePoolRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return d.averagePoolGrad(n, dy) })
}

func (g *Graph) averagePoolGrad(pool, dy *Node) *Node {
	return g.add(OpAveragePoolGrad, pool.Inputs[0].Shape, Attrs{Kernel: pool.Kernel, Stride: pool.Stride, Pad: pool.Pad}, dy)
}

// GlobalAveragePool averages over H×W: [N, C, H, W] to [N, C, 1, 1].
func (g *Graph) GlobalAveragePool(x *Node) *Node {
	if !g.check(len(x.Shape) == 4, OpGlobalAveragePool, "x must be NCHW, is %v", x.Shape) {
		return g.add(OpGlobalAveragePool, x.Shape, Attrs{}, x)
	}
	return g.add(OpGlobalAveragePool, Shape{x.Shape[0], x.Shape[1], 1, 1}, Attrs{}, x)
}

// ReduceMean averages all elements to a [1].
func (g *Graph) ReduceMean(x *Node) *Node {
	return g.add(OpReduceMean, Shape{1}, Attrs{}, x)
}

// meanRule spreads dy evenly over what each of its elements is the mean of.
func meanRule(d *gradients, n, dy *Node) {
	x := n.Inputs[0]
	d.to(x, func() *Node {
		kept := Shape{n.Shape.Elems()}
		if n.Op == OpGlobalAveragePool {
			kept = n.Shape[:2]
		}
		share := d.Scale(dy, float32(n.Shape.Elems())/float32(x.Shape.Elems()))
		return d.Expand(d.reshaped(share, kept), x.Shape, 0)
	})
}
