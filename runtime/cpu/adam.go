package cpu

import (
	"context"
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Adam updates weights in place, in one pass over memory each.
func (e *executor) Adam(ctx context.Context, a graph.Adam, weights []graph.Learned) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	mem := make([][][]float32, len(weights))
	for i, l := range weights {
		for _, t := range l.Tensors() {
			data, err := e.memoryOf(t, weights[i].Weight.Shape())
			if err != nil {
				return fmt.Errorf("weight %d: %w", i, err)
			}
			mem[i] = append(mem[i], data)
		}
	}
	f := a.Factors()
	step := e.leaf.adam
	for _, m := range mem {
		n := len(m[0])
		// Not ctx: weights that are half updated would be worth nothing.
		err := e.pool.run(context.WithoutCancel(ctx), (n+chunk-1)/chunk, func(t int, _ *worker) {
			from, to := t*chunk, min((t+1)*chunk, n)
			var average []float32
			if len(m) > 4 {
				average = m[4][from:to]
			}
			step(f, m[0][from:to], m[1][from:to], m[2][from:to], m[3][from:to], average)
		})
		if err != nil {
			return err
		}
	}
	return nil
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
