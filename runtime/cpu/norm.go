package cpu

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// instanceNorm adds one step: each channel of each sample finds its moments while it is in cache, then writes the result with all that is
// fused into the node.
func (p *program) instanceNorm(n *graph.Node) error {
	p.fetch(n.Inputs...)
	hw := n.Shape[2] * n.Shape[3]
	p.add(n.Shape[0]*n.Shape[1], 0, func(t int, _ *worker) {
		m := p.owner.leaf.moments(p.mem[n.Inputs[0].ID][t*hw:][:hw])
		p.normalise(n, t, m.mean, 1/math.Sqrt(m.squares/m.count+float64(n.Eps)))
	})
	return nil
}

// layerNorm adds two steps: the moments of each channel, then their union, which every channel works out for itself, and the result.
func (p *program) layerNorm(n *graph.Node) error {
	p.fetch(n.Inputs...)
	channels, hw := n.Shape[1], n.Shape[2]*n.Shape[3]
	parts := make([]stats, n.Shape[0]*channels)
	p.memory.Arena += int64(len(parts)) * 24
	p.add(len(parts), 0, func(t int, _ *worker) {
		parts[t] = p.owner.leaf.moments(p.mem[n.Inputs[0].ID][t*hw:][:hw])
	})
	p.add(len(parts), 0, func(t int, _ *worker) {
		var all stats
		for _, part := range parts[t-t%channels:][:channels] {
			all = all.union(part)
		}
		p.normalise(n, t, all.mean, 1/(math.Sqrt(all.squares/max(all.count-1, 1))+float64(n.Eps)))
	})
	return nil
}

// stats is the mean of count values and the sum of their squared differences from it.
type stats struct{ count, mean, squares float64 }

// union joins two (Chan, Golub and LeVeque 1979).
func (a stats) union(b stats) stats {
	count, d := a.count+b.count, b.mean-a.mean
	return stats{count, a.mean + d*b.count/count, a.squares + b.squares + d*d*a.count*b.count/count}
}

// normalise writes plane t of norm n: act((x − mean)·gain·scale + shift) + residual.
func (p *program) normalise(n *graph.Node, t int, mean, gain float64) {
	hw := n.Shape[2] * n.Shape[3]
	x, y := p.mem[n.Inputs[0].ID][t*hw:][:hw], p.mem[n.ID][t*hw:][:hw]
	shift := float32(0)
	if a := n.Affine; a != nil {
		sample, c := t/n.Shape[1], t%n.Shape[1]
		gain *= float64(p.mem[n.Inputs[1].ID][sample*a.ScaleStride+a.ScaleOffset+c])
		shift = p.mem[n.Inputs[2].ID][sample*a.ShiftStride+a.ShiftOffset+c]
	}
	if n.Act == graph.ActRelu {
		p.owner.leaf.normalise(y, x, float32(mean), float32(gain), shift, 0)
	} else {
		p.owner.leaf.normalise(y, x, float32(mean), float32(gain), shift, float32(math.Inf(-1)))
		activateAll(n.Act, y)
	}
	if n.Residual {
		for i, v := range p.mem[n.Inputs[len(n.Inputs)-1].ID][t*hw:][:hw] {
			y[i] += v
		}
	}
}
