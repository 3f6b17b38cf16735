package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// allGather adds the step that waits for the team: this rank's channels go to the others, and theirs come.
func (p *program) allGather(n *graph.Node) error {
	share, hw := n.Inputs[0], n.Shape[2]*n.Shape[3]
	rank, _ := p.owner.options.Team.Rank()
	cuts := graph.Cuts(n.Shape[1], n.Ranks)
	for i := range cuts {
		cuts[i] *= hw
	}
	var s *step
	p.add(1, 0, func(int, *worker) {
		for sample := range n.Shape[0] {
			y := p.mem[n.ID][sample*cuts[n.Ranks]:][:cuts[n.Ranks]]
			copy(y[cuts[rank]:cuts[rank+1]], p.mem[share.ID][sample*share.Shape[1]*hw:])
			if p.lonely = p.owner.options.Team.Gather(s.ctx, y, cuts); p.lonely != nil {
				return
			}
		}
	})
	s = p.steps[len(p.steps)-1]
	return nil
}
