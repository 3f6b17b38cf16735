package gpu

import "github.com/webmunit/webmunit/runtime/graph"

// variant is one way to compute a Conv. A node may be computed by every variant that fits it, with the same result but for rounding.
type variant struct {
	name string // lasting: reports and stored choices have it
	fits func(n *graph.Node, t traits) bool
	// lower gives dispatches of about budget floating-point operations at most.
	lower func(n *graph.Node, budget int64) lowered
}

// traits are what the choice of a variant depends on besides the node.
type traits struct {
	software bool // the GPU is emulated by a CPU, where barriers are very dear
}

// variants lists all ways to compute a Conv, in the order of preference: where nobody has measured, a node gets the first that fits it.
var variants = []variant{
	{"winograd 4", winograd{4}.fits, winograd{4}.lower},
	{"winograd 2", winograd{2}.fits, winograd{2}.lower},
	{"winograd 4 phases", winograd{4}.fitsPhases, winograd{4}.lowerPhases},
	{"winograd 2 phases", winograd{2}.fitsPhases, winograd{2}.lowerPhases},
	{"phases", fitsPhases, phases},
	{"direct", func(*graph.Node, traits) bool { return true }, direct},
}

// VariantNames lists the ways in which a Conv can be computed.
func VariantNames() []string {
	var names []string
	for _, v := range variants {
		names = append(names, v.name)
	}
	return names
}

// choices are an executor's decisions on variants.
type choices struct {
	traits traits
	forced string // the variant of every node that it fits; empty for none
}

// pick decides on the variant of a Conv.
func (c *choices) pick(n *graph.Node) *variant {
	first := -1
	for i, v := range variants {
		if !v.fits(n, c.traits) {
			continue
		}
		if v.name == c.forced {
			return &variants[i]
		}
		if first < 0 {
			first = i
		}
	}
	return &variants[first] // the last fits everything
}

// Uses lists the variants by which g's Convs would be computed, in the order of the nodes after fusion.
func (e *Executor) Uses(g *graph.Graph) []string {
	var names []string
	for _, n := range graph.Fuse(g).Nodes() {
		if n.Op == graph.OpConv {
			names = append(names, e.choices.pick(n).name)
		}
	}
	return names
}
