// Package lowering has what executors decide alike on the way from a graph to what runs: what is computed, in which order, and where values lie; which
// weights are read; what may compute a convolution. Which kernels compute it is the executors' own.
//
// What it exports may change with any version; runtime and weights are for other modules.
package lowering

import (
	"context"
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Plan is a graph as an executor computes it: its nodes, and where their values lie.
type Plan struct {
	Graph    *graph.Graph
	Takes    graph.Signature
	Slots    graph.Slots
	Training bool   // a gradient is taken
	homes    []Home // by node ID
}

// Home says where a node's values lie. A view's are those of what it views.
type Home struct {
	Kind  HomeKind
	Index int // of a slot, or of a run's tensors: inputs, then outputs
}

// HomeKind is a kind of memory.
type HomeKind uint8

// Kinds of memory.
const (
	InSlot   HomeKind = iota // the plan's
	InArg                    // the caller's: a tensor that a run is given
	InWeight                 // a model's weight, or a share of one
)

// New plans g as it stands: fused, or not.
func New(g *graph.Graph) (*Plan, error) {
	if err := g.Err(); err != nil {
		return nil, err
	}
	p := &Plan{Graph: g, Takes: g.Signature(), Slots: graph.PlanSlots(g), Training: g.Training(), homes: make([]Home, len(g.Nodes()))}
	for i, n := range p.Takes.Inputs {
		p.homes[n.ID] = Home{InArg, i}
	}
	for i, n := range p.Takes.Outputs {
		if p.Takes.Repeats[i] < 0 {
			p.homes[n.Storage().ID] = Home{InArg, len(p.Takes.Inputs) + i}
		}
	}
	for _, n := range g.Nodes() {
		switch slot := p.Slots.Of[n.ID]; {
		case n.Storage() != n:
			p.homes[n.ID] = p.homes[n.Storage().ID]
		case slot != graph.NoSlot:
			p.homes[n.ID] = Home{InSlot, slot}
		case n.Op == graph.OpParam:
			p.homes[n.ID] = Home{Kind: InWeight}
		}
	}
	return p, nil
}

// Home is where n's values lie. A node that is not of the graph has none.
func (p *Plan) Home(n *graph.Node) (h Home, ok bool) {
	if n.ID >= len(p.homes) || p.Graph.Nodes()[n.ID] != n {
		return h, false
	}
	return p.homes[n.ID], true
}

// Each calls lower for the nodes that take work, in the order of their execution. Its errors name the node.
func (p *Plan) Each(ctx context.Context, lower func(n *graph.Node) error) error {
	for _, n := range p.Graph.Computed() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := lower(n); err != nil {
			return fmt.Errorf("%s: %w", Name(n), err)
		}
	}
	return nil
}

// Name is a node's for messages.
func Name(n *graph.Node) string {
	if n.Name == "" {
		return n.Op.String()
	}
	return n.Name + ": " + n.Op.String()
}
