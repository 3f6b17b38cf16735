package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
	"github.com/webmunit/webmunit/shaders"
)

// winogradLayout is a layout of kernels in frequencies, as winograd_product.wgsl reads them.
type winogradLayout struct {
	square shaders.Square
	folded bool // 5×5 kernels behind an upsampling become the 3×3 ones of the phases inside, one phase after the other
}

// winograd tells the layouts of frequencies.
func (l layout) winograd() (w winogradLayout, ok bool) {
	switch l {
	case layoutWinograd2:
		return winogradLayout{square: 2}, true
	case layoutWinograd4:
		return winogradLayout{square: 4}, true
	case layoutWinogradPhases2:
		return winogradLayout{square: 2, folded: true}, true
	case layoutWinogradPhases4:
		return winogradLayout{square: 4, folded: true}, true
	}
	return w, false
}

// rows are the output channels of a weight [O, I, H, W], of all phases.
func (w winogradLayout) rows(shape graph.Shape) int {
	if w.folded {
		return phasesInside * shape[0]
	}
	return shape[0]
}

func (w winogradLayout) elems(shape graph.Shape) int {
	return w.square.Frequencies() * rounded(w.rows(shape), shaders.WinogradChannels) * shape[1]
}

// pack transforms kernels [O, I, H, W] to [frequencies, rows/16, I, 16]; rows are rounded up to sixteens by zeros.
func (w winogradLayout) pack(values []float32, shape graph.Shape) []float32 {
	kernels := values
	if w.folded {
		kernels = nil
		inside := phase.Folds(graph.PadZero)
		for _, rows := range inside {
			for _, columns := range inside {
				kernels = append(kernels, phase.Weights(rows.Fold, columns.Fold, values)...)
			}
		}
	}
	const tile, taps = shaders.WinogradChannels, 9
	rows, inputs := w.rows(shape), shape[1]
	plane := rounded(rows, tile) * inputs
	packed := make([]float32, w.elems(shape))
	for first := 0; first < rows; first += tile {
		for c := range inputs {
			for o := first; o < min(first+tile, rows); o++ {
				at := first*inputs + c*tile + o - first
				all := w.frequencies((*[taps]float32)(kernels[(o*inputs+c)*taps:]))
				for f, v := range all[:w.square.Frequencies()] {
					packed[f*plane+at] = float32(v)
				}
			}
		}
	}
	return packed
}

// frequencies are the values of a kernel at the points of its square, in float64, since every product repeats what is rounded here; and last
// its sum: what it makes of a constant. A smaller square has fewer.
func (w winogradLayout) frequencies(kernel *[9]float32) (all [37]float64) {
	patch := w.square.Patch()
	var rows [3][6]float64
	for i := range rows {
		rows[i] = w.points(float64(kernel[3*i]), float64(kernel[3*i+1]), float64(kernel[3*i+2]))
	}
	for j := range patch {
		column := w.points(rows[0][j], rows[1][j], rows[2][j])
		for i, v := range column[:patch] {
			all[i*patch+j] = v
		}
	}
	for _, v := range kernel {
		all[patch*patch] += float64(v)
	}
	return all
}

// points are the values of a polynomial at 0, 1, −1 (2, −2) and infinity, scaled so that the other transforms are of whole numbers.
func (w winogradLayout) points(a, b, c float64) [6]float64 {
	if w.square == 2 {
		return [6]float64{a, (a + b + c) / 2, (a - b + c) / 2, c}
	}
	return [6]float64{a / 4, -(a + b + c) / 6, -(a - b + c) / 6, (a + 2*b + 4*c) / 24, (a - 2*b + 4*c) / 24, c}
}

func rounded(n, to int) int { return (n + to - 1) / to * to }
