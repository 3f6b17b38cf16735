package graph

import (
	"context"
	"fmt"
)

// Team is executors on several threads, ranks 0, 1, ..., that run the same graphs on the same inputs at the same time, each with a share of the
// convolutions: see Split.
type Team interface {
	// Rank says which rank of how many this executor is for graphs compiled from here on; of one rank there is nothing to share.
	Rank() (rank, ranks int)
	// Gather gives the other ranks this one's part of values, and fills in theirs. Part r is values[cuts[r]:cuts[r+1]]. Ranks gather the same
	// number of times, in the same order. An error ends the run; whoever ran the graph may run it alone then.
	Gather(ctx context.Context, values []float32, cuts []int) error
}

// Sharing says which convolutions a team shares: those of so many FLOPs at least, where each rank has so many output channels at least.
type Sharing struct {
	FLOPs    int64
	Channels int
}

// UsualSharing: eight million FLOPs take about a millisecond on one thread of a page, and to gather the result a fifth of that. With fewer channels a
// share loses the fastest variants, Winograd's, and takes longer than the whole.
var UsualSharing = Sharing{FLOPs: 1 << 23, Channels: 16}

// Split returns what rank computes of g, a fused graph: of each convolution that s is for a share of the output channels, with the weights for
// these only, behind which the shares are gathered. All else every rank computes whole, so there is one exchange per convolution and no other.
func Split(g *Graph, rank, ranks int, s Sharing) *Graph {
	if g.err != nil || ranks < 2 || g.alone {
		return g
	}
	out := New()
	to := make([]*Node, len(g.nodes))
	put := func(n Node) *Node {
		n.ID = len(out.nodes)
		out.nodes = append(out.nodes, &n)
		return &n
	}
	for _, n := range g.nodes {
		c := *n
		c.Inputs = make([]*Node, len(n.Inputs))
		for i, in := range n.Inputs {
			c.Inputs[i] = to[in.ID]
		}
		if !s.takes(n, ranks) {
			to[n.ID] = put(c)
			continue
		}
		cuts := Cuts(n.Shape[1], ranks)
		first, end := cuts[rank], cuts[rank+1]
		for i, whole := range c.Inputs[1:] { // weights and bias
			c.Inputs[1+i] = put(Node{Op: OpParam, Name: fmt.Sprintf("%s[%d:%d]", whole.Name, first, end),
				Shape: append(Shape{end - first}, whole.Shape[1:]...), Attrs: Attrs{Start: first}, Inputs: []*Node{whole}})
		}
		c.Shape = Shape{n.Shape[0], end - first, n.Shape[2], n.Shape[3]}
		to[n.ID] = put(Node{Op: OpAllGather, Name: n.Name, Inputs: []*Node{put(c)}, Shape: n.Shape, Attrs: Attrs{Ranks: ranks}})
	}
	for i, n := range g.outputs {
		out.Output(g.names[i], to[n.ID])
	}
	for _, n := range g.inputs {
		out.inputs = append(out.inputs, to[n.ID])
	}
	out.dropDead()
	return out
}

// shareStep is of how many channels shares are multiples: kernels compute that many at a time.
const shareStep = 8

// Cuts are the first channels of the shares of ranks, and behind them the number of channels.
func Cuts(channels, ranks int) []int {
	cuts := make([]int, ranks+1)
	for r := range cuts {
		cuts[r] = channels / shareStep * r / ranks * shareStep
	}
	cuts[ranks] = channels
	return cuts
}

// takes reports whether Split cuts n: a convolution with a model's weights, and large enough.
func (s Sharing) takes(n *Node, ranks int) bool {
	return n.Op == OpConv && n.Inputs[1].Op == OpParam && n.Shape[1] >= ranks*max(s.Channels, shareStep) && (&Graph{nodes: []*Node{n}}).FLOPs() >= s.FLOPs
}
