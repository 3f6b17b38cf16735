package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// buffer is memory that a program will need. Its size is known when the steps are planned, its values are there when the program is made.
type buffer struct {
	elems  int
	values []float32
}

// all is the whole of b.
func (b *buffer) all() region { return region{b, 0, b.elems} }

// region is a part of a buffer: elems elements, from element first on.
type region struct {
	of           *buffer
	first, elems int
}

func (r region) values() []float32 { return r.of.values[r.first:][:r.elems:r.elems] }

// cut is cut of what r will be.
func (r region) cut(n int) (head, tail region) {
	return region{r.of, r.first, n}, region{r.of, r.first + n, r.elems - n}
}

// wanted is a model's weight that a program reads, in a layout.
type wanted struct {
	node   *graph.Node
	layout layout
	buffer
}

// want notes that p reads Param n in a layout.
func (p *program) want(n *graph.Node, l layout) *buffer {
	for _, w := range p.wanted {
		if w.node.Name == n.Name && w.layout == l {
			return &w.buffer
		}
	}
	w := &wanted{n, l, buffer{elems: l.elems(n.Shape)}}
	p.wanted = append(p.wanted, w)
	if !p.params.has(n.Name, l) {
		p.memory.Shared += 4 * int64(w.elems)
	}
	if l.transforms(n.Shape) {
		p.reserve(packWinogradScratch)
	}
	return &w.buffer
}

// buffer notes that p needs memory of its own.
func (p *program) buffer(elems int) *buffer {
	b := &buffer{elems: elems}
	p.buffers = append(p.buffers, b)
	p.memory.Arena += 4 * int64(elems)
	return b
}

// own is a node that is not of the graph, with memory of its own.
func (p *program) own(s graph.Shape) *graph.Node {
	n := &graph.Node{Op: graph.OpConv, ID: len(p.mem), Shape: s}
	p.mem = append(p.mem, nil)
	p.owned = append(p.owned, n)
	p.memory.Arena += 4 * int64(s.Elems())
	return n
}

// reserve notes that each worker needs so much scratch memory.
func (p *program) reserve(scratch int) { p.scratch = max(p.scratch, scratch) }

// reserveTransformed notes that convolutions need memory that they share.
func (p *program) reserveTransformed(size int) {
	if more := size - p.transformedSize; more > 0 {
		p.memory.Arena += 4 * int64(more)
		p.transformedSize = size
	}
}

// make allocates all that was planned, and packs weights.
func (p *program) make() error {
	for _, w := range p.wanted {
		values, err := p.params.get(w.node, w.layout)
		if err != nil {
			return err
		}
		w.values = values
		if w.layout == layoutRaw {
			p.mem[w.node.ID] = values
		}
	}
	slots := make([][]float32, len(p.plan.Slots.Size))
	for i, n := range p.plan.Slots.Size {
		slots[i] = make([]float32, n)
	}
	for _, n := range p.plan.Graph.Nodes() {
		switch h, _ := p.plan.Home(n); h.Kind {
		case lowering.InSlot:
			p.mem[n.ID] = slots[h.Index][:n.Shape.Elems()]
		case lowering.InWeight:
			p.mem[n.ID] = p.mem[n.Storage().ID]
		}
	}
	for _, n := range p.owned {
		p.mem[n.ID] = make([]float32, n.Shape.Elems())
	}
	for _, b := range p.buffers {
		b.values = make([]float32, b.elems)
	}
	p.transformed = make([]float32, p.transformedSize)
	p.owner.reserve(p.scratch)
	return nil
}
