package cpu

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
)

// params is graph.Params: weights in the layouts that kernels asked for. held is nil after Close; programs keep what they use.
type params struct {
	owner *executor
	src   graph.ParamSource
	held  map[paramKey]held
}

type paramKey struct {
	name   string
	layout layout
}

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

var errParamsClosed = errors.New("the params are closed; make new ones")

// get returns the values of Param n in a layout, asking the source at most once per layout.
func (p *params) get(n *graph.Node, l layout) ([]float32, error) {
	if p.held == nil {
		return nil, errParamsClosed
	}
	key := paramKey{n.Name, l}
	if h, ok := p.held[key]; ok {
		if !h.shape.Equal(n.Shape) {
			return nil, fmt.Errorf("%s: one graph takes shape %v, another %v", n.Name, h.shape, n.Shape)
		}
		return h.values, nil
	}
	raw := p.held[paramKey{n.Name, layoutRaw}].values
	if raw == nil {
		var err error
		if raw, err = p.src.Float32s(n.Name, n.Shape); err != nil {
			return nil, err
		}
	}
	if len(raw) != n.Shape.Elems() {
		return nil, fmt.Errorf("%s: the source gave %d values for shape %v", n.Name, len(raw), n.Shape)
	}
	h := held{shape: n.Shape}
	switch l {
	case layoutPanels:
		h.values = make([]float32, packedSize(n.Shape))
		packWeights(h.values, raw, n.Shape)
	case layoutWinograd:
		h.values = make([]float32, winogradSize(n.Shape))
		packWinograd(p.owner, h.values, raw, n.Shape)
	case layoutNarrow:
		h.values = make([]float32, narrowSize(n.Shape))
		packNarrow(h.values, raw, make([]float32, narrowShape(n.Shape).Elems()), n.Shape)
	case layoutPhases:
		h.values = packPhases(p.owner, raw, n.Shape, graph.PadZero)
	case layoutReflectPhases:
		h.values = packPhases(p.owner, raw, n.Shape, graph.PadReflect)
	default:
		h.values = slices.Clone(raw) // the source may reuse its memory
	}
	p.held[key] = h
	return h.values, nil
}

func (p *params) Close() {
	if p.owner.take(context.Background()) == nil {
		p.held = nil
		p.owner.give()
	}
}
