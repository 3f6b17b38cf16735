package graph

// Gradient appends to g the nodes that compute the derivative of loss, a node of one element, with respect to each node of wrt (inputs,
// params or computed nodes), and returns them in wrt's order with wrt's shapes: reverse accumulation. What loss does not depend on has the
// gradient zero: a Constant(0). Only nodes between wrt and loss are differentiated, so a network whose weights are not in wrt costs no
// backward pass unless the way to one that is leads through it. Gradients have none themselves.
//
// It works on plain graphs, before Fuse, and writes what Fuse can still fuse: activations are differentiated by their results and norms
// computed again where their results are needed, so that the forward pass keeps only what convolutions read and what they write.
func (g *Graph) Gradient(loss *Node, wrt []*Node) []*Node {
	out := make([]*Node, len(wrt))
	reached := g.err == nil && loss.Shape.Elems() == 1
	if g.err == nil && !reached {
		g.Fail("Gradient", "the loss must have one element, has shape %v", loss.Shape)
	}
	var d *gradients
	if reached {
		d = g.differentiate(loss, wrt)
	}
	for i, n := range wrt {
		if reached && d.of[n] != nil {
			out[i] = d.of[n]
		} else {
			out[i] = g.Constant(0, n.Shape...)
		}
	}
	return out
}

// gradients is the state of one reverse accumulation.
type gradients struct {
	*Graph
	asked   map[*Node]bool  // the nodes that the caller asked for
	wanted  []bool          // by ID of the forward nodes: whether the gradient must go on to it
	of      map[*Node]*Node // the loss's gradient, as far as accumulated
	again   map[*Node]*Node // norms that are computed a second time
	flipped map[flip]*Node  // kernels that several convolutions share
}

type flip struct {
	w      *Node
	stride int
}

func (g *Graph) differentiate(loss *Node, wrt []*Node) *gradients {
	forward := g.nodes[:loss.ID+1]
	d := &gradients{Graph: g, asked: map[*Node]bool{}, wanted: make([]bool, len(g.nodes)), of: map[*Node]*Node{}, again: map[*Node]*Node{}, flipped: map[flip]*Node{}}
	for _, n := range wrt {
		d.wanted[n.ID], d.asked[n] = true, true
	}
	for _, n := range forward {
		for _, in := range n.Inputs {
			d.wanted[n.ID] = d.wanted[n.ID] || d.wanted[in.ID]
		}
	}
	defer g.Scope(g.scope)
	if d.wanted[loss.ID] {
		d.of[loss] = g.Constant(1, loss.Shape...)
	}
	for i := loss.ID; i >= 0; i-- {
		n := forward[i]
		dy := d.of[n]
		if dy == nil || len(n.Inputs) == 0 {
			continue
		}
		n.Differentiated = true
		g.Scope(n.Name)
		rule := rules[n.Op]
		if rule == nil {
			g.Fail("Gradient", "%v has none", n.Op)
			break
		}
		rule(d, n, dy)
	}
	return d
}

// to adds a contribution to the gradient of n, at once: kept apart until n is reached, contributions would all take memory. make is called
// only if the gradient is wanted.
func (d *gradients) to(n *Node, make func() *Node) {
	if !d.wanted[n.ID] {
		return
	}
	part := d.reshaped(make(), n.Shape)
	if sum := d.of[n]; sum != nil {
		part = d.Add(sum, part)
	}
	d.of[n] = part
}

// value is n for the backward pass: a norm is computed again, since keeping its result would cost the forward pass memory and Fuse's work.
func (d *gradients) value(n *Node) *Node {
	if !isNorm(n) {
		return n
	}
	if d.again[n] == nil {
		d.again[n] = d.norm(n.Op, n.Inputs[0], n.Eps)
	}
	return d.again[n]
}
