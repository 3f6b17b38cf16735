package graph

// Fuse returns an equivalent graph of ops that executors have kernels for (see composites), in which norms take in the affine, activation and residual sum that follow them, and convolutions the
// ×2 upsampling before and the activation after. Both executors run fused graphs; differentiation works on the plain ones. own are
// those of composites that the executor has a way of its own for.
func Fuse(g *Graph, own ...Op) *Graph {
	if g.err != nil {
		return g
	}
	g = decompose(g, own)
	if g.err != nil {
		return g
	}
	f := &fuser{to: make([]*Node, len(g.nodes)), uses: make([]int, len(g.nodes)), out: New()}
	for _, n := range g.nodes {
		for _, in := range n.Inputs {
			f.uses[in.ID]++
		}
	}
	for _, n := range g.outputs {
		f.uses[n.ID]++
	}
	// What is only read goes first, so that a norm can absorb parameters that were made after it.
	source := func(n *Node) bool { return n.Op == OpInput || n.Op == OpParam }
	for _, sources := range []bool{true, false} {
		for _, n := range g.nodes {
			if source(n) == sources {
				f.to[n.ID] = f.rewrite(n)
			}
		}
	}
	for i, n := range g.outputs {
		f.out.Output(g.names[i], f.to[n.ID])
	}
	for _, n := range g.inputs {
		f.out.inputs = append(f.out.inputs, f.to[n.ID])
	}
	f.out.dropDead()
	f.out.alone = g.alone
	return f.out
}

type fuser struct {
	to   []*Node // by ID in the old graph
	uses []int
	out  *Graph
}

// rewrite maps a node of the old graph to one of the new: a copy, or the node that absorbed it.
func (f *fuser) rewrite(n *Node) *Node {
	switch {
	case n.Op == OpAffine:
		if p := f.absorber(n.Inputs[0]); p != nil && isNorm(p) && p.Affine == nil && p.Act == ActNone && !p.Residual {
			scale, so, ss := f.column(n.Inputs[1])
			shift, ho, hs := f.column(n.Inputs[2])
			if scale.ID < p.ID && shift.ID < p.ID {
				p.Affine = &AffineAt{ScaleOffset: so, ScaleStride: ss, ShiftOffset: ho, ShiftStride: hs}
				p.Inputs = append(p.Inputs, scale, shift)
				return p
			}
		}
	case n.Op == OpActivation:
		if p := f.absorber(n.Inputs[0]); p != nil && (isNorm(p) || p.Op == OpConv) && p.Act == ActNone && !p.Residual {
			p.Act = n.Act
			return p
		}
	case n.Op == OpAdd:
		for i, in := range n.Inputs {
			other := f.to[n.Inputs[1-i].ID]
			if p := f.absorber(in); p != nil && isNorm(p) && !p.Residual && other.ID < p.ID {
				p.Residual = true
				p.Inputs = append(p.Inputs, other)
				return p
			}
		}
	}
	c := *n
	c.ID = len(f.out.nodes)
	c.Inputs = make([]*Node, len(n.Inputs))
	for i, in := range n.Inputs {
		c.Inputs[i] = f.to[in.ID]
	}
	if (n.Op == OpConv || n.Op == OpConvGradWeight) && c.Inputs[0].Op == OpUpsample {
		c.Upsample = true
		c.Inputs[0] = c.Inputs[0].Inputs[0]
	}
	f.out.nodes = append(f.out.nodes, &c)
	return &c
}

// absorber is the new node of in if nobody but the node at hand reads it.
func (f *fuser) absorber(in *Node) *Node {
	if f.uses[in.ID] != 1 {
		return nil
	}
	return f.to[in.ID]
}

// column finds the tensor behind a scale or shift, seeing through a Slice.
func (f *fuser) column(n *Node) (src *Node, offset, stride int) {
	src = f.to[n.ID]
	if src.Op == OpSlice {
		offset, src = src.Start, src.Inputs[0]
	}
	if len(src.Shape) == 2 {
		stride = src.Shape[1]
	}
	return src, offset, stride
}

func isNorm(n *Node) bool { return n.Op == OpInstanceNorm || n.Op == OpLayerNorm }

// dropDead removes nodes that no output needs; inputs stay, since callers pass them by position.
func (g *Graph) dropDead() {
	live := map[*Node]bool{}
	var mark func(n *Node)
	mark = func(n *Node) {
		if live[n] {
			return
		}
		live[n] = true
		for _, in := range n.Inputs {
			mark(in)
		}
	}
	for _, n := range append(append([]*Node{}, g.outputs...), g.inputs...) {
		mark(n)
	}
	kept := g.nodes[:0]
	for _, n := range g.nodes {
		if live[n] {
			n.ID = len(kept)
			kept = append(kept, n)
		}
	}
	g.nodes = kept
	for _, n := range g.nodes {
		if n.Op == OpParam {
			g.params[n.Name] = n
		}
	}
}
