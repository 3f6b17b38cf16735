package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// What a ConvTranspose is made of beside a convolution, and so is the gradient of a convolution's input.

// flipKernels takes all kernels of some channels of w a tile, whose weights lie beside each other.
func (p *program) flipKernels(n *graph.Node) error {
	p.fetch(n.Inputs...)
	const channels = 16
	s, taps, stride := n.Inputs[0].Shape, n.Shape[2]*n.Shape[2], n.Stride
	outputs, inputs, k := s[0], s[1], s[2]
	sources := make([]int, stride*stride*taps) // by residue and tap: where in a kernel the weight stands, or -1
	for i := range sources {
		residue, row, column := i/taps, i%taps/n.Shape[2], i%n.Shape[2]
		ky, kx := residue/stride+stride*(n.Shape[2]-1-row), residue%stride+stride*(n.Shape[2]-1-column)
		sources[i] = -1
		if ky < k && kx < k {
			sources[i] = ky*k + kx
		}
	}
	p.add(divideUp(inputs, channels), 0, func(t int, _ *worker) {
		w, flipped := p.mem[n.Inputs[0].ID], p.mem[n.ID]
		for o := range outputs {
			for c := t * channels; c < min((t+1)*channels, inputs); c++ {
				kernel := w[(o*inputs+c)*k*k:][:k*k]
				for residue := range stride * stride {
					to := flipped[((residue*inputs+c)*outputs+o)*taps:][:taps]
					for i, from := range sources[residue*taps:][:taps] {
						to[i] = 0
						if from >= 0 {
							to[i] = kernel[from]
						}
					}
				}
			}
		}
	})
	return nil
}

// foldPadding takes a plane a tile: each line of the padded image is added to the line that it shows.
func (p *program) foldPadding(n *graph.Node) error {
	p.fetch(n.Inputs...)
	x, h, w, stride := n.Inputs[0].Shape, n.Shape[2], n.Shape[3], n.Stride
	rows, columns := sources(h, n), sources(w, n)
	rows, columns = rows[:min(len(rows), stride*x[2])], columns[:min(len(columns), stride*x[3])]
	p.add(n.Shape[:2].Elems(), 0, func(t int, _ *worker) {
		sample, c := t/n.Shape[1], t%n.Shape[1]
		y := p.mem[n.ID][t*h*w:][:h*w]
		clear(y)
		for row, sy := range rows {
			if sy < 0 {
				continue
			}
			to := y[int(sy)*w:][:w]
			for rx := range min(stride, len(columns)) {
				plane := sample*x[1] + (row%stride*stride+rx)*n.Shape[1] + c
				from := p.mem[n.Inputs[0].ID][(plane*x[2]+row/stride)*x[3]:][:x[3]]
				if stride == 1 {
					addLine(to, from, columns, n.Pad)
					continue
				}
				for i := rx; i < len(columns); i += stride {
					if sx := columns[i]; sx >= 0 {
						to[sx] += from[i/stride]
					}
				}
			}
		}
	})
	return nil
}

// addLine adds a line of the padded image to the one that it shows, of which it has pad more at both ends.
func addLine(to, from []float32, columns []int32, pad int) {
	inside := min(pad+len(to), len(columns))
	for i, v := range from[pad:inside] {
		to[i] += v
	}
	for i, sx := range columns {
		if i == pad {
			break
		}
		if sx >= 0 {
			to[sx] += from[i]
		}
	}
	for i := inside; i < len(columns); i++ {
		if sx := columns[i]; sx >= 0 {
			to[sx] += from[i]
		}
	}
}
