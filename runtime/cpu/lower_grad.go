//go:build !js

package cpu

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/reference"
)

// composites are those that lowerGradient computes with less work than their parts.
var composites = []graph.Op{graph.OpUpsampledConvGrad}

// lowerGradient adds the steps of those ops that take time in a backward pass. The others are computed as the reference does.
func (p *program) lowerGradient(n *graph.Node) error {
	p.fetch(n.Inputs...)
	switch n.Op {
	case graph.OpConvGradWeight:
		p.convGradWeight(n)
	case graph.OpActivationGrad:
		p.activationGrad(n)
	case graph.OpReduceSum:
		p.reduceSum(n)
	case graph.OpUpsampledConvGrad:
		return p.phaseGradInput(n)
	case graph.OpInstanceNormGrad, graph.OpLayerNormGrad:
		p.normGrad(n)
	default:
		return p.reference(n)
	}
	return nil
}

func (p *program) activationGrad(n *graph.Node) {
	elems := n.Shape.Elems()
	p.add((elems+chunk-1)/chunk, 0, func(t int, _ *worker) {
		from, to := t*chunk, min((t+1)*chunk, elems)
		dx, at, dy := p.mem[n.ID][from:to], p.mem[n.Inputs[0].ID][from:to], p.mem[n.Inputs[1].ID][from:to]
		switch n.Of {
		case graph.ActRelu:
			for i, v := range dy {
				dx[i] = math.Float32frombits(math.Float32bits(v) &^ low(at[i]))
			}
		case graph.ActLeakyRelu:
			for i, v := range dy {
				mask := low(at[i])
				dx[i] = math.Float32frombits(math.Float32bits(v)&^mask | math.Float32bits(graph.LeakySlope*v)&mask)
			}
		case graph.ActTanh:
			for i, v := range dy {
				dx[i] = v * (1 - at[i]*at[i])
			}
		default:
			for i, v := range dy {
				dx[i] = float32(n.Of.Slope(float64(at[i])) * float64(v))
			}
		}
	})
}

// low is all ones where v is not above zero, else all zeros. Half of all values are: a branch would be guessed wrong as often.
func low(v float32) uint32 {
	b := int32(math.Float32bits(v))
	return uint32((b | (b - 1)) >> 31)
}

// reduceSum takes a kept element a tile.
func (p *program) reduceSum(n *graph.Node) {
	outer, inner := reference.Around(n.Inputs[0].Shape, n.Axes)
	kept := n.Shape.Elems()
	p.add(kept, 0, func(t int, _ *worker) {
		x, total := p.mem[n.Inputs[0].ID], 0.0
		for o := range outer {
			total += sumOf(x[(o*kept+t)*inner:][:inner])
		}
		p.mem[n.ID][t] = float32(total)
	})
}

// sumOf adds in float64, in four chains, because a processor adds them at the same time.
func sumOf(x []float32) float64 {
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x = x[4:] {
		s0 += float64(x[0])
		s1 += float64(x[1])
		s2 += float64(x[2])
		s3 += float64(x[3])
	}
	for _, v := range x {
		s0 += float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}

// normSums is what the gradient of a norm needs of a plane: the moments, the sum of dy, and that of dy times the distance from the mean.
type normSums struct {
	stats
	dy, product float64
}

func (l *leaf) sums(x, dy []float32) normSums {
	s := normSums{stats: l.moments(x), dy: sumOf(dy)}
	var p0, p1 float64
	for i := 0; i+1 < len(dy) && i+1 < len(x); i += 2 {
		p0 += float64(dy[i]) * (float64(x[i]) - s.mean)
		p1 += float64(dy[i+1]) * (float64(x[i+1]) - s.mean)
	}
	if last := len(x) - 1; last%2 == 0 {
		p0 += float64(dy[last]) * (float64(x[last]) - s.mean)
	}
	s.product = p0 + p1
	return s
}

// union joins the sums of two sets; distances from a mean of their own become distances from that of both.
func (a normSums) union(b normSums) normSums {
	u := normSums{stats: a.stats.union(b.stats), dy: a.dy + b.dy}
	u.product = a.product + b.product
	if a.count > 0 {
		u.product += a.dy * (a.mean - u.mean)
	}
	u.product += b.dy * (b.mean - u.mean)
	return u
}

// normGrad finds the sums of every plane and then the gradient: of an InstanceNorm in one step, of a LayerNorm in two, since all planes of a
// sample go into each.
func (p *program) normGrad(n *graph.Node) {
	channels, hw := n.Shape[1], n.Shape[2:].Elems()
	planes := n.Shape[0] * channels
	of := func(t int) normSums {
		return p.owner.leaf.sums(p.mem[n.Inputs[0].ID][t*hw:][:hw], p.mem[n.Inputs[1].ID][t*hw:][:hw])
	}
	if n.Op == graph.OpInstanceNormGrad {
		p.add(planes, 0, func(t int, _ *worker) { p.differentiateNorm(n, t, of(t)) })
		return
	}
	parts := make([]normSums, planes)
	p.memory.Arena += int64(len(parts)) * 40
	p.add(planes, 0, func(t int, _ *worker) { parts[t] = of(t) })
	p.add(planes, 0, func(t int, _ *worker) {
		var all normSums
		for _, part := range parts[t-t%channels:][:channels] {
			all = all.union(part)
		}
		p.differentiateNorm(n, t, all)
	})
}

// differentiateNorm writes plane t of a norm's gradient; see reference.Element.
func (p *program) differentiateNorm(n *graph.Node, t int, s normSums) {
	hw := n.Shape[2:].Elems()
	gain := 1 / math.Sqrt(s.squares/s.count+float64(n.Eps))
	curve := gain * gain * gain / s.count
	if n.Op == graph.OpLayerNormGrad {
		deviation := math.Sqrt(s.squares / max(s.count-1, 1))
		gain, curve = 1/(deviation+float64(n.Eps)), 0
		if deviation > 0 {
			curve = 1 / ((deviation + float64(n.Eps)) * (deviation + float64(n.Eps)) * deviation * (s.count - 1))
		}
	}
	x, dy, dx := p.mem[n.Inputs[0].ID][t*hw:][:hw], p.mem[n.Inputs[1].ID][t*hw:][:hw], p.mem[n.ID][t*hw:][:hw]
	m, g, level, bend := float32(s.mean), float32(gain), float32(s.dy/s.count), float32(curve*s.product)
	// What rounding takes from the two means is the same for all elements, and inputs far from zero would add it up.
	rest := float32(gain*(float64(level)-s.dy/s.count) - curve*s.product*(float64(m)-s.mean))
	for i, v := range dy {
		dx[i] = g*(v-level) - bend*(x[i]-m) + rest
	}
}
