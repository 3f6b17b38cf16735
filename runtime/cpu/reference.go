package cpu

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/reference"
)

// reference adds the step that computes n as the op's definition reads, rounded once at the end.
func (p *program) reference(n *graph.Node) error {
	p.unhurried = append(p.unhurried, n.Op)
	p.fetch(n.Inputs...)
	grain, elems := reference.Grain(n), n.Shape.Elems()
	tile := max(1, 1024/grain) * grain
	in := func(k int) []float32 { return p.mem[n.Inputs[k].ID] }
	shared := reference.Element(n, in)
	if shared == nil {
		return fmt.Errorf("the CPU has no op %v", n.Op)
	}
	p.add((elems+tile-1)/tile, 0, func(t int, _ *worker) {
		element, y := shared, p.mem[n.ID]
		if grain > 1 {
			element = reference.Element(n, in)
		}
		for i := t * tile; i < min((t+1)*tile, elems); i++ {
			y[i] = float32(element(i))
		}
	})
	return nil
}
