package graph

import (
	"errors"
	"fmt"
	"math"
)

// Reach is how large a param's values are.
type Reach struct {
	Abs float64 // the largest magnitude
	Row float64 // the largest sum of magnitudes along all axes but the first: what a Conv or Gemm multiplies its input by at most
}

// ReachOf measures values of a shape.
func ReachOf(values []float32, shape Shape) Reach {
	var r Reach
	row := len(values) / shape[0]
	for at := 0; at < len(values); at += row {
		sum := 0.0
		for _, v := range values[at : at+row] {
			a := math.Abs(float64(v))
			sum += a
			r.Abs = max(r.Abs, a)
		}
		r.Row = max(r.Row, sum)
	}
	return r
}

// Reaches measures weights, each once.
type Reaches struct {
	src   ParamSource
	known map[string]Reach
}

// NewReaches measures those of src.
func NewReaches(src ParamSource) *Reaches { return &Reaches{src, map[string]Reach{}} }

// Of measures Param n.
func (r *Reaches) Of(n *Node) (Reach, error) {
	if known, ok := r.known[n.Name]; ok {
		return known, nil
	}
	values, err := r.src.Float32s(n.Name, n.Shape)
	if err != nil {
		return Reach{}, err
	}
	r.known[n.Name] = ReachOf(values, n.Shape)
	return r.known[n.Name], nil
}

// ErrWeightRange is wrapped by CheckWeights' errors.
var ErrWeightRange = errors.New("the model's weights are too large")

// UsualStyle is a magnitude that styles surely have: N(0, 1) passes it once in 10¹⁵ values.
const UsualStyle = 8

// CheckWeights refuses an inference graph whose values can leave the range of float32: what devices draw then is black, or flat, and of each
// another kind. inputs says how large those are.
func (g *Graph) CheckWeights(inputs func(*Node) float64, weights *Reaches) error {
	if g.err != nil {
		return g.err
	}
	_, over, err := g.Bounds(inputs, weights.Of)
	if err != nil || over == nil {
		return err
	}
	return fmt.Errorf("%w: values may overflow in %s; the training diverged, or the file is damaged", ErrWeightRange, over.Name)
}

// headroom is left to what kernels add up on their way to a value, such as Winograd's transforms.
const headroom = 1 << 24

// Bounds finds out how large the values of an inference graph can get: inputs says so of the inputs, params of the weights. It returns bounds by
// node ID, and the first node at which float32 may overflow, or nil. Norms keep the bounds of a network near what it computes, and
// they are where float32 ends first: they square their input and add up.
func (g *Graph) Bounds(inputs func(*Node) float64, params func(*Node) (Reach, error)) (bounds []float64, over *Node, err error) {
	bounds = make([]float64, len(g.nodes))
	reach := map[*Node]Reach{}
	for _, n := range g.nodes {
		var b float64
		switch {
		case n.Op == OpInput:
			b = inputs(n)
		case n.Op == OpParam:
			if reach[n], err = params(n); err != nil {
				return nil, nil, err
			}
			b = reach[n].Abs
		case n.Op < opCount && definitions[n.Op].bound != nil:
			var w Reach
			if len(n.Inputs) > 1 {
				w = reach[n.Inputs[1]]
			}
			b = definitions[n.Op].bound(n, func(i int) float64 { return bounds[n.Inputs[i].ID] }, w)
		default: // gradients
			b = math.Inf(1)
		}
		bounds[n.ID] = b
		if !(b <= float64(math.MaxFloat32)/headroom) && over == nil {
			over = n
		}
	}
	return bounds, over, nil
}
