package eval

import (
	"math"
	"slices"
)

// Lines tells whether outputs keep an input's lines where they are. An edge is a pixel whose neighbours to the left and right, or above and below, differ
// by edgeStep in a channel.
type Lines struct {
	Kept float64 `json:"kept"` // of the inputs' edge pixels, the share with an edge of the output within lineReach: 0 to 1
	Back float64 `json:"back"` // of the outputs' edge pixels, the share with an edge of the input as near
}

const (
	edgeStep    = 2 * 24.0 / 255 // 24 levels of 255; values are in [-1, 1]
	lineReach   = 2              // pixels
	groundRange = 2 * 12.5 / 255 // 12 levels, and half of one for rounding
)

// lineTally gathers Lines.
type lineTally struct{ kept, back mean }

// add takes an output of an input: both of 3 channels and so many pixels wide. A share of no edges is not counted for the input; an output without any
// edges keeps none, and has none that lead back.
func (l *lineTally) add(input, output Picture, width int) {
	in, out := edges(input, width), edges(output, width)
	if slices.Contains(in, true) {
		l.kept.add(covered(in, grown(out, width)))
		l.back.add(covered(out, grown(in, width)))
	}
}

func (l *lineTally) value() *Lines {
	kept, back := l.kept.value(), l.back.value()
	if kept == nil {
		return nil
	}
	return &Lines{*kept, *back}
}

// edges are the pixels of p that are edges.
func edges(p Picture, width int) []bool {
	plane := len(p) / channels
	all := make([]bool, plane)
	height := plane / width
	for y := range height {
		for x := range width {
			left, right := y*width+max(x-1, 0), y*width+min(x+1, width-1)
			above, below := max(y-1, 0)*width+x, min(y+1, height-1)*width+x
			for c := 0; c < len(p); c += plane {
				step := max(math.Abs(float64(p[c+right]-p[c+left])), math.Abs(float64(p[c+below]-p[c+above])))
				all[y*width+x] = all[y*width+x] || step >= edgeStep
			}
		}
	}
	return all
}

// grown are the pixels within lineReach of those of set.
func grown(set []bool, width int) []bool {
	all := make([]bool, len(set))
	height := len(set) / width
	for i, on := range set {
		if !on {
			continue
		}
		for dy := -lineReach; dy <= lineReach; dy++ {
			for dx := -lineReach; dx <= lineReach; dx++ {
				x, y := i%width+dx, i/width+dy
				if dx*dx+dy*dy <= lineReach*lineReach && x >= 0 && x < width && y >= 0 && y < height {
					all[y*width+x] = true
				}
			}
		}
	}
	return all
}

// covered is the share of set that is in by; 0 of nothing.
func covered(set, by []bool) float64 {
	n, in := 0, 0
	for i, on := range set {
		if on {
			n++
			if by[i] {
				in++
			}
		}
	}
	return float64(in) / float64(max(n, 1))
}

// ground is the share of an output's pixels outside the thing, which mask shows in white, that are within 12 levels of their median in each channel. The
// thing is taken lineReach larger, for its soft edge. ok is false where nothing is outside.
func ground(output, mask Picture, width int) (clean float64, ok bool) {
	plane := len(output) / channels
	thing := make([]bool, plane)
	for i := range thing {
		thing[i] = mask[i] > -1
	}
	thing = grown(thing, width)
	var outside []int
	for i, on := range thing {
		if !on {
			outside = append(outside, i)
		}
	}
	if len(outside) == 0 {
		return 0, false
	}
	stained := make([]bool, plane)
	for c := 0; c < len(output); c += plane {
		values := make([]float32, len(outside))
		for k, i := range outside {
			values[k] = output[c+i]
		}
		slices.Sort(values)
		median := float64(values[len(values)/2])
		for _, i := range outside {
			stained[i] = stained[i] || math.Abs(float64(output[c+i])-median) > groundRange
		}
	}
	n := 0
	for _, i := range outside {
		if !stained[i] {
			n++
		}
	}
	return float64(n) / float64(len(outside)), true
}
