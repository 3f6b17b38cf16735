package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
)

// fitsPhases reports whether n is an upsampling 5×5 convolution whose kernels can be folded once, for all runs.
func fitsPhases(n *graph.Node) bool {
	x := n.Inputs[0].Shape
	return phase.Fits(n) && n.Inputs[1].Op == graph.OpParam && x[2] >= 2 && x[3] >= 2
}

// convPhases computes an upsampling 5×5 convolution as 3×3 products over the small image, one for each pair of row and column lines
// (package phase), with 36 % of the work. Those of the borders stand in the same step as the large ones: alone they would leave workers idle.
func (p *program) convPhases(n *graph.Node) error {
	w := n.Inputs[1]
	packed, err := p.params.get(w, phaseLayout(n.PadMode))
	if err != nil {
		return err
	}
	var products []product
	for _, rows := range phase.Lines(n.Inputs[0].Shape[2], n.PadMode) {
		for _, cols := range phase.Lines(n.Inputs[0].Shape[3], n.PadMode) {
			size := foldedSize(w.Shape, rows, cols)
			gather := newPhaseGather(n, rows, cols)
			place := placement{first: rows.First*n.Shape[3] + cols.First, rowStep: 2 * n.Shape[3], step: 2}
			if winogradPhase(w.Shape, rows, cols) {
				products = append(products, p.winograd(n, gather, packed[:size], place))
			} else {
				products = append(products, p.mul(n, gather, packed[:size], place))
			}
			packed = packed[size:]
		}
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

// winogradPhase reports whether a phase of kernels [O, I, 5, 5] is computed by Winograd's filtering. Borders are too thin for it.
func winogradPhase(s graph.Shape, rows, cols phase.Line) bool {
	return min(s[0], s[1]) >= winogradChannels && !border(rows) && !border(cols)
}

// border reports whether l is the first or the last line under reflect padding, the only ones that see just two sources.
func border(l phase.Line) bool { return l.Fold[0] == 0 || l.Fold[phase.Taps-1] == 0 }

// foldedSize is the length of the packed kernels of a phase of kernels [O, I, 5, 5].
func foldedSize(s graph.Shape, rows, cols phase.Line) int {
	if winogradPhase(s, rows, cols) {
		return winogradSize(foldedShape(s))
	}
	return packedSize(foldedShape(s))
}

// packPhases folds weights [O, I, 5, 5] for each pair of row and column lines and packs them one after the other.
func packPhases(pool *pool, weights []float32, s graph.Shape, mode graph.PadMode) []float32 {
	const anySize = 2 // the folds are the same for all
	lines, size := phase.Lines(anySize, mode), 0
	for _, rows := range lines {
		for _, cols := range lines {
			size += foldedSize(s, rows, cols)
		}
	}
	all := make([]float32, size)
	at := all
	for _, rows := range lines {
		for _, cols := range lines {
			var packed []float32
			packed, at = cut(at, foldedSize(s, rows, cols))
			if folded := phase.Weights(rows.Fold, cols.Fold, weights); winogradPhase(s, rows, cols) {
				packWinograd(pool, packed, folded, foldedShape(s))
			} else {
				packWeights(packed, folded, foldedShape(s))
			}
		}
	}
	return all
}

func foldedShape(s graph.Shape) graph.Shape { return graph.Shape{s[0], s[1], phase.Taps, phase.Taps} }
