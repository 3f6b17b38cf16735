package graph

import (
	"math"
	"slices"
)

// Reshape views x under another shape with as many elements; it costs nothing.
func (g *Graph) Reshape(x *Node, shape ...int) *Node {
	g.check(Shape(shape).Elems() == x.Shape.Elems(), OpReshape, "%v does not have the elements of %v", Shape(shape), x.Shape)
	return g.add(OpReshape, shape, Attrs{}, x)
}

// reshaped is x in a shape, itself if it has that.
func (g *Graph) reshaped(x *Node, shape Shape) *Node {
	if x.Shape.Equal(shape) {
		return x
	}
	return g.Reshape(x, slices.Clone(shape)...)
}

func reshapeRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return dy })
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

func concatRule(d *gradients, n, dy *Node) {
	at := 0
	for _, x := range n.Inputs {
		size, start := x.Shape[1:].Elems(), at
		at += size
		d.to(x, func() *Node { return d.Slice(d.reshaped(dy, Shape{dy.Shape[0], dy.Shape[1:].Elems()}), start, size) })
	}
}

// concatParts takes a Concat apart. Each part stands among zeros, and the sum has all.
func concatParts(g *Graph, n *Node, in []*Node) *Node {
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
}

func concatBound(n *Node, in func(i int) float64, _ Reach) (b float64) {
	for i := range n.Inputs {
		b = max(b, in(i))
	}
	return b
}

// Constant is a tensor whose elements all have one value (ONNX: ConstantOfShape).
func (g *Graph) Constant(value float32, shape ...int) *Node {
	return g.add(OpConstant, shape, Attrs{Factor: value})
}

func constantBound(n *Node, _ func(i int) float64, _ Reach) float64 {
	return math.Abs(float64(n.Factor))
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

func reduceSumRule(d *gradients, n, dy *Node) {
	x := n.Inputs[0]
	d.to(x, func() *Node { return d.Expand(dy, x.Shape, n.Axes[0]) })
}

func reduceSumBound(n *Node, in func(i int) float64, _ Reach) float64 {
	return in(0) * float64(n.Inputs[0].Shape.Elems()/n.Shape.Elems())
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

func expandRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return d.ReduceSum(dy, n.Axes[0], n.Axes[1]) })
}
