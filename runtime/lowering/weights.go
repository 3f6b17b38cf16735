package lowering

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Weight names a model's weight in one of an executor's layouts, in which it is kept once for all programs.
type Weight[Layout comparable] struct {
	Name   string
	Layout Layout
}

// Values asks src for those of Param n, or, where n is a rank's share of one, for the whole, of which it takes the share.
func Values(src graph.ParamSource, n *graph.Node) ([]float32, error) {
	whole := n
	if len(n.Inputs) > 0 {
		whole = n.Inputs[0]
	}
	values, err := src.Float32s(whole.Name, whole.Shape)
	if err != nil {
		return nil, err
	}
	if len(values) != whole.Shape.Elems() {
		return nil, fmt.Errorf("%s: the source gave %d values for shape %v, which has %d", whole.Name, len(values), whole.Shape, whole.Shape.Elems())
	}
	return values[n.Start*n.Shape[1:].Elems():][:n.Shape.Elems()], nil
}

// SameShape refuses Param n if a graph before took the weight of its name for another shape.
func SameShape(n *graph.Node, before graph.Shape) error {
	if !before.Equal(n.Shape) {
		return fmt.Errorf("%s: one graph takes shape %v, another %v", n.Name, before, n.Shape)
	}
	return nil
}

// CheckShape refuses the shape of a tensor that a caller wants.
func CheckShape(s graph.Shape) error {
	for _, d := range s {
		if d < 1 {
			return fmt.Errorf("a tensor cannot have the shape %v: every extent must be at least 1", s)
		}
	}
	return nil
}

// CheckCount refuses to copy so many values from or to a tensor of a shape.
func CheckCount(s graph.Shape, values int) error {
	if values != s.Elems() {
		return fmt.Errorf("%d values for a tensor %v, which has %d", values, s, s.Elems())
	}
	return nil
}

// AffineOf says where an Affine finds its scales and shifts, if samples have their own or share them.
func AffineOf(n *graph.Node) graph.AffineAt {
	row := func(p *graph.Node) int {
		if len(p.Shape) == 2 {
			return p.Shape[1]
		}
		return 0
	}
	return graph.AffineAt{ScaleStride: row(n.Inputs[1]), ShiftStride: row(n.Inputs[2])}
}
