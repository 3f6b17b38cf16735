package graph

import "slices"

// Composite reports whether Fuse replaces o by other ops, so that executors meet it only if they have a way of their own.
func (o Op) Composite() bool { return o < opCount && definitions[o].parts != nil }

// decompose returns g with composites' ops replaced by what they are made of, or g itself if it has none. Those in own stay.
func decompose(g *Graph, own []Op) *Graph {
	parting := func(n *Node) bool { return n.Op.Composite() && !slices.Contains(own, n.Op) }
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
			to[n.ID] = definitions[n.Op].parts(out, n, in)
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
