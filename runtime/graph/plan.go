package graph

// Slots assigns every computed node that is not an output a slot: a piece of memory that later nodes reuse when no one reads it any more.
// Slots, not offsets in one block: WebGPU forbids reading and writing two ranges of one buffer in one dispatch.
type Slots struct {
	Of   []int // by node ID: the slot, or NoSlot for inputs, params and outputs (the caller's memory) and nodes that nobody reads
	Size []int // elements of each slot
	Live int   // the largest sum of elements alive at one step
}

// NoSlot marks a node whose memory is not the plan's.
const NoSlot = -1

// PlanSlots plans g in its order of execution: a node takes the free slot that fits best, growing the largest when none does.
func PlanSlots(g *Graph) Slots {
	last := make([]int, len(g.nodes))
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
	var free []int
	live := 0
	for _, n := range g.nodes {
		s.Of[n.ID] = NoSlot
		owns := n.Op != OpInput && n.Op != OpParam && n.Op != OpReshape && !external[n]
		if owns {
			free = s.take(n, free)
			live += n.Shape.Elems()
			s.Live = max(s.Live, live)
		}
		for _, m := range freedAfter(n, last) {
			if s.Of[m.ID] != NoSlot {
				free = append(free, s.Of[m.ID])
				live -= m.Shape.Elems()
			}
		}
		if owns && last[n.ID] == n.ID {
			free = append(free, s.Of[n.ID])
			live -= n.Shape.Elems()
		}
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

// freedAfter lists the storages, each once, that n reads last.
func freedAfter(n *Node, last []int) []*Node {
	var out []*Node
next:
	for _, in := range n.Inputs {
		m := in.Storage()
		if m == n.Storage() || last[m.ID] != n.ID {
			continue
		}
		for _, o := range out {
			if o == m {
				continue next
			}
		}
		out = append(out, m)
	}
	return out
}

// take gives n a slot out of free, or a new one, and returns what is left of free.
func (s *Slots) take(n *Node, free []int) []int {
	need, best := n.Shape.Elems(), -1
	for i, slot := range free {
		if best < 0 {
			best = i
			continue
		}
		size, bestSize := s.Size[slot], s.Size[free[best]]
		fits, bestFits := size >= need, bestSize >= need
		if fits && (!bestFits || size < bestSize) || !fits && !bestFits && size > bestSize {
			best = i
		}
	}
	if best < 0 {
		s.Of[n.ID] = len(s.Size)
		s.Size = append(s.Size, need)
		return free
	}
	slot := free[best]
	s.Of[n.ID] = slot
	s.Size[slot] = max(s.Size[slot], need)
	return append(free[:best], free[best+1:]...)
}
