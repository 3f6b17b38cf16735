//go:build !js

package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
)

// rim describes a side of an image of h × w, upsampled to 2h × 2w and padded by two: its outermost padded line.
type rim struct {
	length       int       // of the side of the large image
	dy           placement // where the pixels of the line of dy lie that reads it
	first, step  int       // weights of a kernel through which it does
	shown, taken []int     // the source pixels that reflection and replication show along the line, from two before the side to two behind it
	corners      bool      // whether the line has the corners, which belong to two sides
}

// rimChannels are those of a piece of the work along the rim, which reads dy again: whole panels.
const rimChannels = 16

// rims are the sides of an image of h × w.
func rims(h, w int) []rim {
	reflected := func(i, n int) int { return graph.PadReflect.Source(i, 2*n) / 2 }
	nearest := func(i, n int) int { return graph.PadReplicate.Source(i, 2*n) / 2 }
	line := func(row int) (r rim) {
		r.length, r.corners = 2*w, true
		for x := -2; x < 2*w+2; x++ {
			r.shown = append(r.shown, reflected(row, h)*w+reflected(x, w))
			r.taken = append(r.taken, nearest(row, h)*w+nearest(x, w))
		}
		return r
	}
	column := func(col int) (r rim) {
		r.length = 2 * h
		for y := -2; y < 2*h+2; y++ {
			r.shown = append(r.shown, reflected(y, h)*w+reflected(col, w))
			r.taken = append(r.taken, nearest(y, h)*w+nearest(col, w))
		}
		return r
	}
	top, bottom, left, right := line(-2), line(2*h+1), column(-2), column(2*w+1)
	top.dy, top.first, top.step = placement{first: 0, step: 1}, 0, 1
	bottom.dy, bottom.first, bottom.step = placement{first: (2*h - 1) * 2 * w, step: 1}, 4*phase.Kernel, 1
	left.dy, left.first, left.step = placement{first: 0, step: 2 * w}, 0, phase.Kernel
	right.dy, right.first, right.step = placement{first: 2*w - 1, step: 2 * w}, 4, phase.Kernel
	return []rim{top, bottom, left, right}
}

// inside are the positions along a rim that belong to it.
func (r rim) inside() (first, end int) {
	if r.corners {
		return 0, r.length + 4
	}
	return 1, r.length + 3
}

// correlation plans what a rim adds to the gradient of weights: a product of the lines of dy that see it with what reflection shows there and
// replication does not, of planes of a size.
func (r rim) correlation(l *leaf, planes []placement, size int) *correlation {
	c := &correlation{leaf: l, height: 1, width: r.length, pitch: r.length + phase.Kernel - 1, planes: r.length + phase.Kernel - 1}
	for _, plane := range planes {
		c.rows = append(c.rows, placement{first: plane.first + r.dy.first, step: r.dy.step})
	}
	for k := range phase.Kernel {
		c.shifts = append(c.shifts, k)
	}
	first, end := r.inside()
	c.pad = func(line, _, x []float32, channel int) {
		clear(line)
		plane := x[channel*size:][:size]
		for i := first; i < end; i++ {
			line[i] = plane[r.shown[i]] - plane[r.taken[i]]
		}
	}
	return c
}

// pairs are the pairs of columns that a padded line takes.
func (r rim) pairs() int { return divideUp(r.length+phase.Kernel-1, 2*panelPixels) }

// rimScratch is the memory that move needs for an image of shape s and so many channels of dy: padded lines of dy and one of
// zeros, weights of a panel as they are and spread, sums and a line.
func (l *leaf) rimScratch(s graph.Shape, outputs int) int {
	longest := rim{length: 2 * max(s[2], s[3])}
	pitch := longest.pitch()
	return (outputs+1)*pitch + roundUp(outputs*phase.Kernel, depthStep)*panelRows + l.spreadDepth*l.spreadSize + longest.pairs()*len(tilePair{}) + pitch
}

// pitch is the length of a padded line of dy.
func (r rim) pitch() int { return r.pairs()*2*panelPixels + phase.Kernel - 1 }

// places says for each output channel and weight of a line of its kernel where the padded line that it meets begins; see leaf.taps.
func (r rim) places(outputs int) []int32 {
	var places []int32
	for o := range outputs {
		for k := range phase.Kernel {
			places = append(places, int32(o*r.pitch()+phase.Kernel-1-k))
		}
	}
	for len(places)%depthStep != 0 {
		places = append(places, int32(outputs*r.pitch()))
	}
	return places
}

// move takes what replicate padding has given channels [from, to) of the gradient, dx, from the rim to the pixels that reflection shows there. dx
// and dy are of one sample; w, of a shape, has kernels from channels of dx to those of dy; places are the rim's.
func (r rim) move(l *leaf, dx, dy, w []float32, shape graph.Shape, places []int32, from, to int, scratch []float32) {
	outputs, inputs, pitch, area := shape[0], shape[1], r.pitch(), len(dx)/shape[1]
	lines, scratch := cut(scratch, (outputs+1)*pitch)
	weights, scratch := cut(scratch, len(places)*panelRows)
	spread, scratch := cut(scratch, l.spreadDepth*l.spreadSize)
	sums, line := cut(scratch, r.pairs()*len(tilePair{}))
	clear(lines)
	for o := range outputs {
		r.read(lines[o*pitch+phase.Kernel-1:][:r.length], dy[o*parities*area:][:parities*area])
	}
	for c := from; c < to; c += panelRows {
		clear(weights)
		clear(sums)
		rows := min(panelRows, to-c)
		for o := range outputs {
			for i := range rows {
				kernel := w[(o*inputs+c+i)*phase.Kernel*phase.Kernel:][:phase.Kernel*phase.Kernel]
				for k := range phase.Kernel {
					weights[(o*phase.Kernel+k)*panelRows+i] = kernel[r.first+k*r.step]
				}
			}
		}
		for k := 0; k < len(places); k += l.spreadDepth {
			slice := min(l.spreadDepth, len(places)-k)
			panel := l.spread(spread, weights[k*panelRows:][:slice*panelRows])
			for j := range r.pairs() {
				l.taps((*tilePair)(sums[j*len(tilePair{}):]), panel, lines[j*2*panelPixels:], places[k:k+slice])
			}
		}
		for i := range rows {
			for j := range 2 * r.pairs() {
				copy(line[j*panelPixels:], sums[j*len(microTile{})+i*panelPixels:][:panelPixels])
			}
			plane := dx[(c+i)*area:][:area]
			for at, end := r.inside(); at < end; at++ {
				plane[r.shown[at]] += line[at]
				plane[r.taken[at]] -= line[at]
			}
		}
	}
}

// read collects the line of a plane of dy that sees the rim.
func (r rim) read(pixels, plane []float32) {
	at := r.dy.first
	for i := range pixels {
		pixels[i] = plane[at]
		at += r.dy.step
	}
}
