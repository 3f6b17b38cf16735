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

// rules say, by op, what the gradient dy of n's result adds to the gradients of n's inputs.
var rules = [opCount]func(d *gradients, n, dy *Node){
	OpConv: func(d *gradients, n, dy *Node) {
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
	},
	OpConvTranspose: func(d *gradients, n, dy *Node) { // a Conv's, with x and dy in each other's place
		x, w := n.Inputs[0], n.Inputs[1]
		a := ConvAttrs{Stride: n.Stride, Pad: n.Pad}
		d.to(w, func() *Node { return d.add(OpConvGradWeight, w.Shape, Attrs{Stride: a.Stride, Pad: a.Pad}, dy, x) })
		if len(n.Inputs) == 3 {
			d.to(n.Inputs[2], func() *Node { return d.ReduceSum(dy, 1, 2) })
		}
		d.to(x, func() *Node { return d.Conv(dy, w, nil, a) })
	},
	OpConcat: func(d *gradients, n, dy *Node) {
		at := 0
		for _, x := range n.Inputs {
			size, start := x.Shape[1:].Elems(), at
			at += size
			d.to(x, func() *Node { return d.Slice(d.reshaped(dy, Shape{dy.Shape[0], dy.Shape[1:].Elems()}), start, size) })
		}
	},
	OpGemm: func(d *gradients, n, dy *Node) {
		x, w := n.Inputs[0], n.Inputs[1]
		d.to(w, func() *Node {
			return d.Gemm(d.Transpose(dy), d.Transpose(d.reshaped(x, Shape{x.Shape[0], w.Shape[1]})), nil)
		})
		if len(n.Inputs) == 3 {
			d.to(n.Inputs[2], func() *Node { return d.ReduceSum(dy, 1, 2) })
		}
		d.to(x, func() *Node { return d.Gemm(dy, d.Transpose(w), nil) })
	},
	OpInstanceNorm: normRule,
	OpLayerNorm:    normRule,
	OpAffine: func(d *gradients, n, dy *Node) {
		x, scale, shift := n.Inputs[0], n.Inputs[1], n.Inputs[2]
		// The axes of a parameter [C] are x's axes [1, 2), those of one [N, C] are [0, 2).
		d.to(scale, func() *Node { return d.ReduceSum(d.Mul(dy, d.value(x)), 2-len(scale.Shape), 2) })
		d.to(shift, func() *Node { return d.ReduceSum(dy, 2-len(shift.Shape), 2) })
		d.to(x, func() *Node { return d.Affine(dy, scale, d.Constant(0, x.Shape[1])) })
	},
	OpAdd: func(d *gradients, n, dy *Node) {
		d.to(n.Inputs[0], func() *Node { return dy })
		d.to(n.Inputs[1], func() *Node { return dy })
	},
	OpSub: func(d *gradients, n, dy *Node) {
		d.to(n.Inputs[0], func() *Node { return dy })
		d.to(n.Inputs[1], func() *Node { return d.Scale(dy, -1) })
	},
	OpMul: func(d *gradients, n, dy *Node) {
		a, b := n.Inputs[0], n.Inputs[1]
		d.to(a, func() *Node { return d.Mul(dy, b) })
		d.to(b, func() *Node { return d.Mul(dy, a) })
	},
	OpScale: func(d *gradients, n, dy *Node) { d.to(n.Inputs[0], func() *Node { return d.Scale(dy, n.Factor) }) },
	OpActivation: func(d *gradients, n, dy *Node) {
		at := n
		if n.Act.AtArgument() {
			at = n.Inputs[0]
		}
		d.to(n.Inputs[0], func() *Node { return d.activationGrad(n.Act, at, dy) })
	},
	OpPRelu: func(d *gradients, n, dy *Node) {
		x, slope := n.Inputs[0], n.Inputs[1]
		above := d.activationGrad(ActRelu, x, dy) // dy where x is positive
		below := d.Sub(dy, above)
		d.to(slope, func() *Node { return d.ReduceSum(d.Mul(below, x), 0, 0) })
		d.to(x, func() *Node { return d.Add(above, d.Mul(below, d.Expand(slope, x.Shape, 0))) })
	},
	OpUpsample: func(d *gradients, n, dy *Node) {
		const pixels = 4 // that one became
		d.to(n.Inputs[0], func() *Node { return d.Scale(d.AveragePool(dy, 2, 2, 0), pixels) })
	},
	OpAveragePool:       func(d *gradients, n, dy *Node) { d.to(n.Inputs[0], func() *Node { return d.averagePoolGrad(n, dy) }) },
	OpGlobalAveragePool: meanRule,
	OpReduceMean:        meanRule,
	OpSlice: func(d *gradients, n, dy *Node) {
		x := n.Inputs[0]
		d.to(x, func() *Node { return d.Pad(dy, n.Start, x.Shape[1]) })
	},
	OpPad: func(d *gradients, n, dy *Node) {
		x := n.Inputs[0]
		d.to(x, func() *Node { return d.Slice(dy, n.Start, x.Shape[1]) })
	},
	OpReshape:   func(d *gradients, n, dy *Node) { d.to(n.Inputs[0], func() *Node { return dy }) },
	OpTranspose: func(d *gradients, n, dy *Node) { d.to(n.Inputs[0], func() *Node { return d.Transpose(dy) }) },
	OpReduceSum: func(d *gradients, n, dy *Node) {
		x := n.Inputs[0]
		d.to(x, func() *Node { return d.Expand(dy, x.Shape, n.Axes[0]) })
	},
	OpExpand: func(d *gradients, n, dy *Node) {
		d.to(n.Inputs[0], func() *Node { return d.ReduceSum(dy, n.Axes[0], n.Axes[1]) })
	},
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

func normRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return d.normGrad(n, dy) })
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
