package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
)

// convPhases computes an upsampling 5×5 convolution as 3×3 products over the small image, one for each pair of row and column lines
// (package phase), with 36 % of the work. Those of the interior see the same patches, which Winograd's filtering transforms once for all. The
// others stand in one step: alone they would leave workers idle.
func (p *program) convPhases(n *graph.Node) error {
	w := n.Inputs[1]
	packed := p.packed(w, phaseLayout(n.PadMode))
	height, width := n.Inputs[0].Shape[2], n.Inputs[0].Shape[3]
	rowLines, colLines := phase.Lines(height, n.PadMode), phase.Lines(width, n.PadMode)
	if winogradPhases(w.Shape) {
		var windows []window
		for _, rows := range rowLines[:interior] {
			for _, cols := range colLines[:interior] {
				place := placement{first: (rows.First-2*rows.Center)*n.Shape[3] + cols.First - 2*cols.Center, rowStep: 2 * n.Shape[3], step: 2}
				windows = append(windows, window{place, [2]int{rows.Center, rows.Center + rows.Count}, [2]int{cols.Center, cols.Center + cols.Count}})
			}
		}
		var weights region
		weights, packed = packed.cut(interiorSize(w.Shape))
		if err := p.winograd(n, newPhaseGather(n, phase.Line{Count: height}, phase.Line{Count: width}), weights, windows...); err != nil {
			return err
		}
	}
	var products []product
	for i, rows := range rowLines {
		for j, cols := range colLines {
			if i < interior && j < interior && winogradPhases(w.Shape) {
				continue
			}
			var weights region
			weights, packed = packed.cut(packedSize(foldedShape(w.Shape)))
			place := placement{first: rows.First*n.Shape[3] + cols.First, rowStep: 2 * n.Shape[3], step: 2}
			products = append(products, p.mul(n, newPhaseGather(n, rows, cols), weights, place))
		}
	}
	if len(products) == 0 {
		return nil
	}
	return p.addProducts(n, products...)
}

// phaseLayout is the layout of the folded kernels that a padding mode needs.
func phaseLayout(mode graph.PadMode) layout {
	if mode == graph.PadReflect {
		return layoutReflectPhases
	}
	return layoutPhases
}

// interior is the number of lines of an axis that Winograd's filtering takes: the others are too thin.
const interior = phase.Inside

// winogradPhases reports whether the interior of kernels [O, I, 5, 5] is computed by Winograd's filtering.
func winogradPhases(s graph.Shape) bool { return min(s[0], s[1]) >= winogradChannels }

// packPhases folds weights [O, I, 5, 5] for each pair of row and column lines and packs them one after the other: first those of the interior
// that Winograd's filtering takes, stacked as rows of one product.
func packPhases(e *executor, all, weights []float32, s graph.Shape, mode graph.PadMode) {
	inner, outer := phasePairs(s, mode)
	interior, packed := cut(all, interiorSize(s))
	if len(inner) > 0 {
		var stacked []float32
		for _, pair := range inner {
			stacked = append(stacked, phase.Weights(pair[0].Fold, pair[1].Fold, weights)...)
		}
		packWinograd(e, interior, stacked, stackedShape(s))
	}
	for _, pair := range outer {
		var one []float32
		one, packed = cut(packed, packedSize(foldedShape(s)))
		packWeights(one, phase.Weights(pair[0].Fold, pair[1].Fold, weights), foldedShape(s))
	}
}

// phasesSize is the length of packPhases' result for weights [O, I, 5, 5].
func phasesSize(s graph.Shape, mode graph.PadMode) int {
	_, outer := phasePairs(s, mode)
	return interiorSize(s) + len(outer)*packedSize(foldedShape(s))
}

// interiorSize is how much of that Winograd's filtering takes.
func interiorSize(s graph.Shape) int {
	if !winogradPhases(s) {
		return 0
	}
	return winogradSize(stackedShape(s))
}

// phasePairs lists the pairs of row and column lines by which weights [O, I, 5, 5] are folded: those of the interior that Winograd's filtering takes,
// and the others.
func phasePairs(s graph.Shape, mode graph.PadMode) (inner, outer [][2]phase.Line) {
	lines := phase.Folds(mode)
	for i, rows := range lines {
		for j, cols := range lines {
			if i < interior && j < interior && winogradPhases(s) {
				inner = append(inner, [2]phase.Line{rows, cols})
			} else {
				outer = append(outer, [2]phase.Line{rows, cols})
			}
		}
	}
	return inner, outer
}

// stackedShape is that of the interior's folded kernels, one after the other.
func stackedShape(s graph.Shape) graph.Shape {
	return graph.Shape{interior * interior * s[0], s[1], phase.Taps, phase.Taps}
}

func foldedShape(s graph.Shape) graph.Shape { return graph.Shape{s[0], s[1], phase.Taps, phase.Taps} }
