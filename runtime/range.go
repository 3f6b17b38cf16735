package runtime

import (
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// checkWeights refuses a network whose values can leave the range of float32.
func (s *session) checkWeights(key programKey) error {
	inputs, err := s.inputs(key, graph.UsualStyle)
	if err != nil {
		return err
	}
	return s.build(key).CheckWeights(inputs, s.reaches)
}

// networkStyles are styles as p's network takes them: codes themselves, which must not be so large that something overflows, or the noise that
// each stands for.
func (s *session) networkStyles(p *program, styles []Style) ([]Style, error) {
	shape := s.model.Config.StyleShape(p.key.direction, p.key.grid.h, p.key.grid.w)
	if s.model.Config.Styles() != weights.StyleNoise {
		return styles, s.checkRange(p, styles)
	}
	all := make([]Style, len(styles))
	for i, style := range styles {
		all[i] = RandomStyle(uint64(math.Float32bits(style[0])), 0, graph.Shape(shape).Elems())
	}
	return all, nil
}

// checkRange refuses styles so large that values can leave the range of float32.
func (s *session) checkRange(p *program, styles []Style) error {
	for _, style := range styles {
		for _, v := range style {
			size := math.Abs(float64(v))
			if size <= p.safe {
				continue
			}
			over, err := s.overflow(p.key, size)
			if err != nil {
				return err
			}
			if over != nil {
				return fmt.Errorf("%w: with a value of %g the network's own overflow in %s; styles are usually between -3 and 3", ErrStyleRange, v, over.Name)
			}
			p.safe = size
		}
	}
	return nil
}

// overflow is the first node of key's network whose values can overflow, with values of styles up to style; nil if there is none.
func (s *session) overflow(key programKey, style float64) (*graph.Node, error) {
	inputs, err := s.inputs(key, style)
	if err != nil {
		return nil, err
	}
	_, over, err := s.build(key).Bounds(inputs, s.reaches.Of)
	return over, err
}

// inputs says how large the inputs of key's network are, with values of styles up to style.
func (s *session) inputs(key programKey, style float64) (func(*graph.Node) float64, error) {
	content := 1.0
	if key.network == decode && !s.model.Config.Whole(key.direction) {
		encode := s.build(programKey{network: encodeContent, direction: key.direction, grid: key.grid})
		bounds, _, err := encode.Bounds(func(*graph.Node) float64 { return 1 }, s.reaches.Of)
		if err != nil {
			return nil, err
		}
		content = bounds[encode.Outputs()[0].ID]
	}
	return func(n *graph.Node) float64 {
		switch n.Name {
		case "style":
			return style
		case "content":
			return content
		}
		return 1 // pictures
	}, nil
}
