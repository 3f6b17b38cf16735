package cpu

import (
	"context"
	"errors"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// params is graph.Params: weights in the layouts that kernels asked for. held is nil after Close; programs keep what they use.
type params struct {
	owner *executor
	src   graph.ParamSource
	held  map[weight]held
}

type weight = lowering.Weight[layout]

type held struct {
	shape  graph.Shape
	values []float32
}

// layout says how a weight lies in memory.
type layout uint8

const (
	layoutRaw           layout = iota // row-major, as the source gives it
	layoutPanels                      // packWeights: for convolution as a matrix product
	layoutPhases                      // packPhases: folded kernels, for zero and replicate padding
	layoutReflectPhases               // the same for reflect padding, which needs more of them
	layoutWinograd                    // packWinograd: frequencies of 3×3 kernels
	layoutNarrow                      // packNarrow: a product for each kernel row
)

// elems is the size of a weight of a shape in a layout.
func (l layout) elems(s graph.Shape) int {
	switch l {
	case layoutPanels:
		return packedSize(s)
	case layoutPhases:
		return phasesSize(s, graph.PadZero)
	case layoutReflectPhases:
		return phasesSize(s, graph.PadReflect)
	case layoutWinograd:
		return winogradSize(s)
	case layoutNarrow:
		return narrowSize(s)
	}
	return s.Elems()
}

// transforms reports whether to pack a weight of a shape takes packWinograd.
func (l layout) transforms(s graph.Shape) bool {
	return l == layoutWinograd || (l == layoutPhases || l == layoutReflectPhases) && winogradPhases(s)
}

var errParamsClosed = errors.New("the params are closed; make new ones")

// get returns the values of Param n in a layout, asking the source at most once per layout.
func (p *params) get(n *graph.Node, l layout) ([]float32, error) {
	if p.held == nil {
		return nil, errParamsClosed
	}
	key := weight{Name: n.Name, Layout: l}
	if h, ok := p.held[key]; ok {
		return h.values, lowering.SameShape(n, h.shape)
	}
	as, ok := p.held[weight{Name: n.Name}]
	raw, err := as.values, error(nil)
	if ok {
		err = lowering.SameShape(n, as.shape)
	} else {
		raw, err = lowering.Values(p.src, n)
	}
	if err != nil {
		return nil, err
	}
	h := held{shape: n.Shape, values: make([]float32, l.elems(n.Shape))}
	switch l {
	case layoutPanels:
		packWeights(h.values, raw, n.Shape)
	case layoutWinograd:
		packWinograd(p.owner, h.values, raw, n.Shape)
	case layoutNarrow:
		packNarrow(h.values, raw, make([]float32, narrowShape(n.Shape).Elems()), n.Shape)
	case layoutPhases:
		packPhases(p.owner, h.values, raw, n.Shape, graph.PadZero)
	case layoutReflectPhases:
		packPhases(p.owner, h.values, raw, n.Shape, graph.PadReflect)
	default:
		copy(h.values, raw) // the source may reuse its memory
	}
	p.held[key] = h
	p.owner.usage.Add(lowering.ForWeights, 4*int64(len(h.values)))
	return h.values, nil
}

// has reports whether a weight is held in a layout.
func (p *params) has(name string, l layout) bool {
	_, ok := p.held[weight{Name: name, Layout: l}]
	return ok
}

func (p *params) Close() {
	if p.owner.take(context.Background()) == nil {
		for _, h := range p.held {
			p.owner.usage.Add(lowering.ForWeights, -4*int64(len(h.values)))
		}
		p.held = nil
		p.owner.give()
	}
}
