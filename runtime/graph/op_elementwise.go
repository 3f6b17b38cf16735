package graph

import "math"

// Add is a + b, of equal shapes.
func (g *Graph) Add(a, b *Node) *Node { return g.binary(OpAdd, a, b) }

// Sub is a − b, of equal shapes.
func (g *Graph) Sub(a, b *Node) *Node { return g.binary(OpSub, a, b) }

// Mul is a · b element by element, of equal shapes.
func (g *Graph) Mul(a, b *Node) *Node { return g.binary(OpMul, a, b) }

func (g *Graph) binary(op Op, a, b *Node) *Node {
	g.check(a.Shape.Equal(b.Shape), op, "shapes %v and %v differ", a.Shape, b.Shape)
	return g.add(op, a.Shape, Attrs{}, a, b)
}

func addRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return dy })
	d.to(n.Inputs[1], func() *Node { return dy })
}

func subRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return dy })
	d.to(n.Inputs[1], func() *Node { return d.Scale(dy, -1) })
}

func mulRule(d *gradients, n, dy *Node) {
	a, b := n.Inputs[0], n.Inputs[1]
	d.to(a, func() *Node { return d.Mul(dy, b) })
	d.to(b, func() *Node { return d.Mul(dy, a) })
}

func sumBound(_ *Node, in func(i int) float64, _ Reach) float64 { return in(0) + in(1) }

func mulBound(_ *Node, in func(i int) float64, _ Reach) float64 { return in(0) * in(1) }

// Scale is factor · x.
func (g *Graph) Scale(x *Node, factor float32) *Node {
	return g.add(OpScale, x.Shape, Attrs{Factor: factor}, x)
}

func scaleRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return d.Scale(dy, n.Factor) })
}

func scaleBound(n *Node, in func(i int) float64, _ Reach) float64 {
	return in(0) * math.Abs(float64(n.Factor))
}

// Activate applies an activation to each element of x; ActNone is x itself.
func (g *Graph) Activate(a Activation, x *Node) *Node {
	if a == ActNone {
		return x
	}
	return g.add(OpActivation, x.Shape, Attrs{Act: a}, x)
}

func activationRule(d *gradients, n, dy *Node) {
	at := n
	if n.Act.AtArgument() {
		at = n.Inputs[0]
	}
	d.to(n.Inputs[0], func() *Node { return d.activationGrad(n.Act, at, dy) })
}

func activationBound(n *Node, in func(i int) float64, _ Reach) float64 { return n.Act.Bound(in(0)) }

// activationGrad is dy times the derivative of a. at is the activation's result, so that its argument need not be kept, or the argument where the
// result does not tell (Activation.AtArgument).
func (g *Graph) activationGrad(a Activation, at, dy *Node) *Node {
	return g.add(OpActivationGrad, dy.Shape, Attrs{Of: a}, at, dy)
}

// PRelu is max(x, 0) + slope·min(x, 0) with one learned slope [1] (He et al. 2015).
func (g *Graph) PRelu(x, slope *Node) *Node {
	g.check(slope.Shape.Elems() == 1, OpPRelu, "slope must have one element, has %v", slope.Shape)
	return g.add(OpPRelu, x.Shape, Attrs{}, x, slope)
}

func preluRule(d *gradients, n, dy *Node) {
	x, slope := n.Inputs[0], n.Inputs[1]
	above := d.activationGrad(ActRelu, x, dy) // dy where x is positive
	below := d.Sub(dy, above)
	d.to(slope, func() *Node { return d.ReduceSum(d.Mul(below, x), 0, 0) })
	d.to(x, func() *Node { return d.Add(above, d.Mul(below, d.Expand(slope, x.Shape, 0))) })
}

func preluBound(_ *Node, in func(i int) float64, _ Reach) float64 { return in(0) * max(1, in(1)) }
