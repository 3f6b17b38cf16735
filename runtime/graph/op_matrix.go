package graph

// Gemm is the linear layer x·wᵀ + b: x [N, I, ...] with its trailing axes flattened, w [O, I], b [O] or nil: [N, O].
func (g *Graph) Gemm(x, w, b *Node) *Node {
	if !g.check(len(x.Shape) >= 2 && len(w.Shape) == 2 && x.Shape[1:].Elems() == w.Shape[1], OpGemm, "x %v does not fit w %v", x.Shape, w.Shape) ||
		!g.check(b == nil || b.Shape.Equal(Shape{w.Shape[0]}), OpGemm, "bias must be [%d]", w.Shape[0]) {
		return g.add(OpGemm, Shape{1, 1}, Attrs{})
	}
	in := []*Node{x, w}
	if b != nil {
		in = append(in, b)
	}
	return g.add(OpGemm, Shape{x.Shape[0], w.Shape[0]}, Attrs{}, in...)
}

func gemmRule(d *gradients, n, dy *Node) {
	x, w := n.Inputs[0], n.Inputs[1]
	d.to(w, func() *Node {
		return d.Gemm(d.Transpose(dy), d.Transpose(d.reshaped(x, Shape{x.Shape[0], w.Shape[1]})), nil)
	})
	if len(n.Inputs) == 3 {
		d.to(n.Inputs[2], func() *Node { return d.ReduceSum(dy, 1, 2) })
	}
	d.to(x, func() *Node { return d.Gemm(dy, d.Transpose(w), nil) })
}

// Transpose exchanges rows and columns of x [N, M]: [M, N].
func (g *Graph) Transpose(x *Node) *Node {
	if !g.check(len(x.Shape) == 2, OpTranspose, "x must be a matrix, is %v", x.Shape) {
		return g.add(OpTranspose, Shape{1, 1}, Attrs{}, x)
	}
	return g.add(OpTranspose, Shape{x.Shape[1], x.Shape[0]}, Attrs{}, x)
}

func transposeRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return d.Transpose(dy) })
}

// Slice copies columns [start, start+length) of x [N, P]: [N, length].
func (g *Graph) Slice(x *Node, start, length int) *Node {
	if !g.check(len(x.Shape) == 2 && start >= 0 && length > 0 && start+length <= x.Shape[1], OpSlice, "columns [%d, %d) of %v", start, start+length, x.Shape) {
		return g.add(OpSlice, Shape{1, 1}, Attrs{}, x)
	}
	return g.add(OpSlice, Shape{x.Shape[0], length}, Attrs{Start: start}, x)
}

func sliceRule(d *gradients, n, dy *Node) {
	x := n.Inputs[0]
	d.to(x, func() *Node { return d.Pad(dy, n.Start, x.Shape[1]) })
}

// Pad puts the columns of x [N, M] at start of a matrix of zeros [N, width]. It undoes Slice.
func (g *Graph) Pad(x *Node, start, width int) *Node {
	if !g.check(len(x.Shape) == 2 && start >= 0 && start+x.Shape[1] <= width, OpPad, "%v at column %d of %d", x.Shape, start, width) {
		return g.add(OpPad, x.Shape, Attrs{}, x)
	}
	return g.add(OpPad, Shape{x.Shape[0], width}, Attrs{Start: start}, x)
}

func padRule(d *gradients, n, dy *Node) {
	x := n.Inputs[0]
	d.to(x, func() *Node { return d.Slice(dy, n.Start, x.Shape[1]) })
}
