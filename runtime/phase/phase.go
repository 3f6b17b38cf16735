// Package phase folds a nearest ×2 upsampling into the 5×5 convolution behind it: output pixels of one parity see each source pixel under
// the same taps, so four 3×3 convolutions of the small image give the large one with 36 % of the work.
//
// Along one axis, output 2i reads the upsampled 2i−2 … 2i+2, that is the sources i−1, i−1, i, i, i+1: three taps, whose weights are sums of the
// five. Output 2i+1 reads i−1, i, i, i+1, i+1. Zero and replicate padding of the source then give just what padding the upsampled image gives.
// Reflection differs in the first and last output only, where the taps beyond the border fall back onto other sources: these two
// are phases of their own, with sums of their own. All of it is exact.
//
// What it exports may change with any version; runtime and weights are for other modules.
package phase

import "github.com/webmunit/webmunit/runtime/graph"

// Taps and Kernel are the extents of a folded and of an unfolded kernel along one axis.
const (
	Taps   = 3
	Kernel = 5
)

// Fold says which of the five weights are summed in each of the three taps: bit k of Fold[tap] is weight k.
type Fold [Taps]uint8

// The folds of an axis.
var (
	even  = Fold{0b00011, 0b01100, 0b10000}
	odd   = Fold{0b00001, 0b00110, 0b11000}
	first = Fold{0, 0b01110, 0b10001} // of output 0 under reflection
	last  = Fold{0b10001, 0b01110, 0} // of the last output under reflection
)

// Line is a set of outputs along one axis that share a fold: output First + 2·k, for k in [0, Count), reads the sources
// Center + k − 1 … Center + k + 1. A source outside the image is 0 under zero padding, and the nearest one inside else.
type Line struct {
	Fold         Fold
	First, Count int
	Center       int
}

// Fits reports whether n is a convolution that can be folded.
func Fits(n *graph.Node) bool {
	return n.Op == graph.OpConv && n.Upsample && n.Inputs[1].Shape[2] == Kernel && n.Stride == 1 && n.Pad == 2
}

// Lines are the lines of an axis of n ≥ 2 source pixels; together they are all 2·n outputs, each once.
func Lines(n int, mode graph.PadMode) []Line {
	if mode != graph.PadReflect {
		return []Line{{even, 0, n, 0}, {odd, 1, n, 0}}
	}
	return []Line{{even, 2, n - 1, 1}, {odd, 1, n - 1, 0}, {first, 0, 1, 0}, {last, 2*n - 1, 1, n - 1}}
}

// Inside is how many lines of an axis see three sources: the first ones. Under reflection two others follow, of one output each, at the border.
const Inside = 2

// Folds are the lines of an axis for those who ask for their folds, which are the same for any size.
func Folds(mode graph.PadMode) []Line { return Lines(2, mode) }

// Weights folds kernels [count, 5, 5] to [count, 3, 3].
func Weights(rows, cols Fold, kernels []float32) []float32 {
	folded := make([]float32, len(kernels)/(Kernel*Kernel)*Taps*Taps)
	FoldInto(folded, rows, cols, kernels)
	return folded
}

// FoldInto is Weights into memory that is there.
func FoldInto(folded []float32, rows, cols Fold, kernels []float32) {
	clear(folded)
	rowTaps, colTaps := rows.taps(), cols.taps()
	for i := range len(kernels) / (Kernel * Kernel) {
		fold((*[Taps * Taps]float32)(folded[i*Taps*Taps:]), (*[Kernel * Kernel]float32)(kernels[i*Kernel*Kernel:]), &rowTaps, &colTaps)
	}
}

// UnfoldInto takes the gradient of what FoldInto makes, [count, 3, 3], to that of what it reads, and adds it to kernels [count, 5, 5].
func UnfoldInto(kernels []float32, rows, cols Fold, folded []float32) {
	rowTaps, colTaps := rows.taps(), cols.taps()
	for i := range len(kernels) / (Kernel * Kernel) {
		to, from := (*[Kernel * Kernel]float32)(kernels[i*Kernel*Kernel:]), (*[Taps * Taps]float32)(folded[i*Taps*Taps:])
		for ky, row := range rowTaps {
			for kx, col := range colTaps {
				to[ky*Kernel+kx] += from[row*Taps+col]
			}
		}
	}
}

// taps says in which tap each weight is summed: in one and no other.
func (f Fold) taps() (of [Kernel]int) {
	for tap, bits := range f {
		for k := range Kernel {
			if bits>>k&1 == 1 {
				of[k] = tap
			}
		}
	}
	return of
}

// fold adds one kernel to its folded form, which is 0 before. A model has millions of weights to fold before its first picture.
func fold(to *[Taps * Taps]float32, from *[Kernel * Kernel]float32, rowTaps, colTaps *[Kernel]int) {
	for ky, row := range rowTaps {
		for kx, col := range colTaps {
			to[row*Taps+col] += from[ky*Kernel+kx]
		}
	}
}
