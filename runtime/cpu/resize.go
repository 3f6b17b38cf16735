package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// upsample takes a plane a tile.
func (p *program) upsample(n *graph.Node) error {
	p.fetch(n.Inputs...)
	h, w := n.Inputs[0].Shape[2], n.Inputs[0].Shape[3]
	p.add(n.Shape[:2].Elems(), 0, func(t int, _ *worker) {
		x, y := p.mem[n.Inputs[0].ID][t*h*w:][:h*w], p.mem[n.ID][4*t*h*w:][:4*h*w]
		for row := range h {
			upper, lower := y[4*row*w:][:2*w], y[(4*row+2)*w:][:2*w]
			for i, v := range x[row*w:][:w] {
				upper[2*i], upper[2*i+1] = v, v
			}
			copy(lower, upper)
		}
	})
	return nil
}

// averagePool takes a plane a tile if the windows are those of an upsampling's gradient, 2×2 apart from each other; other windows are rare.
func (p *program) averagePool(n *graph.Node) error {
	h, w := n.Inputs[0].Shape[2], n.Inputs[0].Shape[3]
	if n.Kernel != 2 || n.Stride != 2 || n.Pad != 0 || h%2 != 0 || w%2 != 0 {
		return p.reference(n)
	}
	p.fetch(n.Inputs...)
	p.add(n.Shape[:2].Elems(), 0, func(t int, _ *worker) {
		x, y := p.mem[n.Inputs[0].ID][t*h*w:][:h*w], p.mem[n.ID][t*h*w/4:][:h*w/4]
		for row := range h / 2 {
			upper, lower := x[2*row*w:][:w], x[(2*row+1)*w:][:w]
			for i := range y[row*w/2:][:w/2] {
				y[row*w/2+i] = ((upper[2*i] + upper[2*i+1]) + (lower[2*i] + lower[2*i+1])) / 4
			}
		}
	})
	return nil
}
