package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
)

// arrangedKey is a node whose values are arranged as weights.
type arrangedKey struct {
	node   int // ID
	layout layout
}

// arranged is weight w in a layout. A model's is arranged once for all programs. One that changes between runs, as in training, or that the
// graph computes is arranged by steps of each run, once for all convolutions that take it.
func (p *program) arranged(w *graph.Node, l layout) ([]float32, error) {
	if w.Op == graph.OpParam {
		return p.params.get(w, l)
	}
	key := arrangedKey{w.ID, l}
	if a, ok := p.arrangements[key]; ok {
		return a, nil
	}
	if err := p.fetch(w); err != nil {
		return nil, err
	}
	var values []float32
	switch l {
	case layoutWinograd:
		values = make([]float32, winogradSize(w.Shape))
		p.add(divideUp(w.Shape[0], panelRows), packWinogradScratch, func(t int, worker *worker) {
			packWinogradPanel(p.owner.leaf, values, p.mem[w.ID], worker.scratch, w.Shape, t)
		})
	case layoutNarrow:
		values = make([]float32, narrowSize(w.Shape))
		p.add(1, narrowShape(w.Shape).Elems(), func(_ int, worker *worker) { packNarrow(values, p.mem[w.ID], worker.scratch, w.Shape) })
	case layoutPhases:
		values = p.arrangePhases(w, graph.PadZero)
	case layoutReflectPhases:
		values = p.arrangePhases(w, graph.PadReflect)
	default:
		values = make([]float32, packedSize(w.Shape))
		p.add(1, 0, func(int, *worker) { packWeights(values, p.mem[w.ID], w.Shape) })
	}
	if p.arrangements == nil {
		p.arrangements = map[arrangedKey][]float32{}
	}
	p.arrangements[key] = values
	p.memory.Arena += 4 * int64(len(values))
	return values, nil
}

// arrangePhases adds the steps that do what packPhases does.
func (p *program) arrangePhases(w *graph.Node, mode graph.PadMode) []float32 {
	inner, outer := phasePairs(w.Shape, mode)
	folded := foldedShape(w.Shape)
	stackedSize := 0
	if len(inner) > 0 {
		stackedSize = winogradSize(stackedShape(w.Shape))
	}
	values := make([]float32, stackedSize+len(outer)*packedSize(folded))
	stacked := make([]float32, len(inner)*folded.Elems())
	p.memory.Arena += 4 * int64(len(stacked))
	p.add(len(inner)+len(outer), folded.Elems(), func(t int, worker *worker) {
		if t < len(inner) {
			phase.FoldInto(stacked[t*folded.Elems():][:folded.Elems()], inner[t][0].Fold, inner[t][1].Fold, p.mem[w.ID])
			return
		}
		t -= len(inner)
		kernels := worker.scratch[:folded.Elems()]
		phase.FoldInto(kernels, outer[t][0].Fold, outer[t][1].Fold, p.mem[w.ID])
		packWeights(values[stackedSize+t*packedSize(folded):][:packedSize(folded)], kernels, folded)
	})
	if len(inner) > 0 {
		shape := stackedShape(w.Shape)
		p.add(divideUp(shape[0], panelRows), packWinogradScratch, func(t int, worker *worker) {
			packWinogradPanel(p.owner.leaf, values[:stackedSize], stacked, worker.scratch, shape, t)
		})
	}
	return values
}
