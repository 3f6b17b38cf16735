package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/runtime/phase"
)

// packedKey is a node whose values are packed as weights are.
type packedKey struct {
	node   int // ID
	layout layout
}

// packed is weight w in a layout. A model's is packed once for all programs. One that changes between runs, as in training, or that the
// graph computes is packed by steps of each run, once for all convolutions that take it.
func (p *program) packed(w *graph.Node, l layout) region {
	if lowering.Fixed(w) {
		return p.want(w, l).all()
	}
	key := packedKey{w.ID, l}
	if a, ok := p.repacked[key]; ok {
		return a
	}
	p.fetch(w)
	values := p.buffer(l.elems(w.Shape)).all()
	switch l {
	case layoutWinograd:
		p.add(divideUp(w.Shape[0], panelRows), packWinogradScratch, func(t int, worker *worker) {
			packWinogradPanel(p.owner.leaf, values.values(), p.mem[w.ID], worker.scratch, w.Shape, t)
		})
	case layoutNarrow:
		p.add(1, narrowShape(w.Shape).Elems(), func(_ int, worker *worker) { packNarrow(values.values(), p.mem[w.ID], worker.scratch, w.Shape) })
	case layoutPhases:
		p.repackPhases(values, w, graph.PadZero)
	case layoutReflectPhases:
		p.repackPhases(values, w, graph.PadReflect)
	default:
		p.add(1, 0, func(int, *worker) { packWeights(values.values(), p.mem[w.ID], w.Shape) })
	}
	if p.repacked == nil {
		p.repacked = map[packedKey]region{}
	}
	p.repacked[key] = values
	return values
}

// repackPhases adds the steps that do what packPhases does.
func (p *program) repackPhases(values region, w *graph.Node, mode graph.PadMode) {
	inner, outer := phasePairs(w.Shape, mode)
	folded := foldedShape(w.Shape)
	interior, packed := values.cut(interiorSize(w.Shape))
	stacked := p.buffer(len(inner) * folded.Elems())
	p.add(len(inner)+len(outer), folded.Elems(), func(t int, worker *worker) {
		if t < len(inner) {
			phase.FoldInto(stacked.values[t*folded.Elems():][:folded.Elems()], inner[t][0].Fold, inner[t][1].Fold, p.mem[w.ID])
			return
		}
		t -= len(inner)
		kernels := worker.scratch[:folded.Elems()]
		phase.FoldInto(kernels, outer[t][0].Fold, outer[t][1].Fold, p.mem[w.ID])
		packWeights(packed.values()[t*packedSize(folded):][:packedSize(folded)], kernels, folded)
	})
	if len(inner) > 0 {
		shape := stackedShape(w.Shape)
		p.add(divideUp(shape[0], panelRows), packWinogradScratch, func(t int, worker *worker) {
			packWinogradPanel(p.owner.leaf, interior.values(), stacked.values, worker.scratch, shape, t)
		})
	}
}
