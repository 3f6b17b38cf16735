package runtime

import (
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// usualStyle is a magnitude that styles surely have: N(0, 1) passes it once in 10¹⁵ values.
const usualStyle = 8

// checkWeights refuses a network whose values can leave the range of float32: what devices draw then is black, or flat, and of each another kind.
func (s *session) checkWeights(key programKey) error {
	over, err := s.overflow(key, usualStyle)
	if err != nil || over == nil {
		return err
	}
	return fmt.Errorf("%w: values may overflow in %s; the training diverged, or the file is damaged", ErrWeightRange, over.Name)
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
	content := 1.0
	if key.network == decode {
		encode := s.build(programKey{network: encodeContent, direction: key.direction, grid: key.grid})
		bounds, _, err := encode.Bounds(func(*graph.Node) float64 { return 1 }, s.reach)
		if err != nil {
			return nil, err
		}
		content = bounds[encode.Outputs()[0].ID]
	}
	_, over, err := s.build(key).Bounds(func(n *graph.Node) float64 {
		switch n.Name {
		case "style":
			return style
		case "content":
			return content
		}
		return 1 // pictures
	}, s.reach)
	return over, err
}

// reach measures each weight once.
func (s *session) reach(n *graph.Node) (graph.Reach, error) {
	if r, ok := s.reaches[n.Name]; ok {
		return r, nil
	}
	values, err := s.model.Float32s(n.Name, n.Shape)
	if err != nil {
		return graph.Reach{}, err
	}
	r := graph.ReachOf(values, n.Shape)
	s.reaches[n.Name] = r
	return r, nil
}
