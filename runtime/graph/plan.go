package graph

import (
	"cmp"
	"slices"
)

// Slots assigns every computed node that is not an output a slot: a piece of memory that several nodes use one after the other.
// Slots, not offsets in one block: WebGPU forbids reading and writing two ranges of one buffer in one dispatch.
type Slots struct {
	Of   []int // by node ID: the slot, or NoSlot for inputs, params and outputs (the caller's memory)
	Size []int // elements of each slot
	Live int   // the largest sum of elements alive at one step
}

// NoSlot marks a node whose memory is not the plan's.
const NoSlot = -1

// PlanSlots plans g in its order of execution. The largest nodes choose first, so that a slot is as large as the first node that it gets, and
// every other takes the first slot that is free while it is alive: planned in the order of execution, slots would grow with what comes later,
// and the long graphs of training would hold twice of what is ever alive.
func PlanSlots(g *Graph) Slots {
	last := make([]int, len(g.nodes)) // by ID of a storage: the node that reads it last
	external := map[*Node]bool{}
	for _, n := range g.nodes {
		last[n.ID] = n.ID
		for _, in := range n.Inputs {
			last[in.Storage().ID] = n.ID
		}
	}
	for _, n := range g.outputs {
		external[n.Storage()] = true
	}
	s := Slots{Of: make([]int, len(g.nodes))}
	var own []*Node
	change := make([]int, len(g.nodes)+1) // of the elements alive, from one step to the next
	for _, n := range g.nodes {
		s.Of[n.ID] = NoSlot
		if n.Op != OpInput && n.Op != OpParam && n.Op != OpReshape && !external[n] {
			own = append(own, n)
			change[n.ID] += n.Shape.Elems()
			change[last[n.ID]+1] -= n.Shape.Elems()
		}
	}
	live := 0
	for _, c := range change {
		live += c
		s.Live = max(s.Live, live)
	}
	slices.SortStableFunc(own, func(a, b *Node) int { return cmp.Compare(b.Shape.Elems(), a.Shape.Elems()) })
	var tenants [][]*Node
	for _, n := range own {
		slot := slices.IndexFunc(tenants, func(others []*Node) bool {
			return !slices.ContainsFunc(others, func(o *Node) bool { return o.ID <= last[n.ID] && n.ID <= last[o.ID] })
		})
		if slot < 0 {
			slot = len(tenants)
			tenants = append(tenants, nil)
			s.Size = append(s.Size, n.Shape.Elems())
		}
		tenants[slot] = append(tenants[slot], n)
		s.Of[n.ID] = slot
	}
	for _, n := range g.nodes {
		s.Of[n.ID] = s.Of[n.Storage().ID]
	}
	return s
}

// Elems is the size of all slots together.
func (s Slots) Elems() int {
	total := 0
	for _, n := range s.Size {
		total += n
	}
	return total
}
