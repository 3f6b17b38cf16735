package optest

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/reference"
)

// evaluate computes the node of of g, which has one element, in float64 throughout, as finite differences need it: executors store float32.
// known has the values of inputs and params, and of nodes to be taken as they are.
func evaluate(g *graph.Graph, known map[*graph.Node][]float64, of *graph.Node) float64 {
	values, err := reference.Values(g, func(n *graph.Node) []float64 { return known[n] })
	if err != nil {
		panic(err)
	}
	return values[of][0]
}
