package optest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/runtime/reference"
)

// TestCompositesAreTheirParts holds what composite ops are made of against their definitions, also of those that the CPU computes in a way of its own.
func TestCompositesAreTheirParts(t *testing.T) {
	ran := 0
	for _, c := range optable.Cases() {
		g := c.Graph()
		if !slices.ContainsFunc(g.Nodes(), func(n *graph.Node) bool { return n.Op.Composite() }) {
			continue
		}
		ran++
		known := map[string][]float64{}
		outputs := func(g *graph.Graph) (all [][]float64) {
			values, err := reference.Values(g, func(n *graph.Node) []float64 {
				if known[n.Name] == nil {
					r := rand.New(rand.NewPCG(uint64(len(n.Name)), uint64(len(known))))
					for range n.Shape.Elems() {
						known[n.Name] = append(known[n.Name], r.NormFloat64())
					}
				}
				return known[n.Name]
			})
			require.NoError(t, err)
			for _, n := range g.Outputs() {
				all = append(all, values[n])
			}
			return all
		}
		want, got := outputs(g), outputs(graph.Fuse(g))
		for i := range want {
			assert.InDeltaSlice(t, want[i], got[i], 1e-9, "%s, output %d", c.Name, i)
		}
	}
	require.Greater(t, ran, 20)
}
