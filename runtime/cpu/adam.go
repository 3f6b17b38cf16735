package cpu

import (
	"context"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Adam updates weights in place, in one pass over memory each.
func (e *executor) Adam(ctx context.Context, a graph.Adam, weights []graph.Learned) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	if err := graph.CheckLearned(weights, e.ownsTensor); err != nil {
		return err
	}
	mem := make([][][]float32, len(weights))
	for i, l := range weights {
		for _, t := range l.Tensors() {
			mem[i] = append(mem[i], t.(*tensor).data)
		}
	}
	f := a.Factors()
	var pieces []piece
	for _, m := range mem {
		for from := 0; from < len(m[0]); from += chunk {
			pieces = append(pieces, piece{m, from, min(from+chunk, len(m[0]))})
		}
	}
	// Not ctx: weights that are half updated would be worth nothing.
	return e.pool.run(context.WithoutCancel(ctx), newStep(len(pieces), func(t int, _ *worker) {
		m, from, to := pieces[t].mem, pieces[t].from, pieces[t].to
		var average []float32
		if len(m) > 4 {
			average = m[4][from:to]
		}
		e.leaf.adam(f, m[0][from:to], m[1][from:to], m[2][from:to], m[3][from:to], average)
	}))
}

// piece is elements [from, to) of a weight's tensors.
type piece struct {
	mem      [][]float32 // in the order of graph.Learned.Tensors
	from, to int
}

// adamPlain updates weights w with their moments m and v by gradients g, and their average if there is one.
func adamPlain(f graph.AdamFactors, g, w, m, v, average []float32) {
	for i, gi := range g {
		gi += f.Decay * w[i]
		m[i] = f.Beta1*m[i] + f.Fresh1*gi
		v[i] = f.Beta2*v[i] + f.Fresh2*(gi*gi)
		w[i] -= f.Rate * m[i] / (f.Root*float32(math.Sqrt(float64(v[i]))) + f.Eps)
	}
	if average != nil {
		for i, wi := range w {
			average[i] += f.Fresh * (wi - average[i])
		}
	}
}
