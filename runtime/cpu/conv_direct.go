//go:build !js

package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// nativeVariants are those that the page does without.
var nativeVariants = []variant{{"direct", fitsDirect, (*program).convDirect}}

// directChannels are the most output channels: with more, what is gathered is used so often that it is worth to lie as products like it.
const directChannels = 48

// fitsDirect reports whether n has few output channels, and lines long enough for what is computed between them to be no loss.
func fitsDirect(n *graph.Node) bool {
	kernel := n.Inputs[1].Shape[2]
	return kernel > 1 && n.Shape[1] <= directChannels && 2*n.Shape[3] >= kernel-1
}

// directPlan is a planned convolution whose product reads the padded input where it lies, by a table of places, one for each K: nothing is
// gathered. Pixels of a block follow each other as in the padded input, so that some between the lines are computed for nothing. It counts
// in lines of the output. Sums are those of mulPlan to the last bit.
type directPlan struct {
	leaf    *leaf
	gather  *gather
	rows    int // output channels
	block   int // the most lines of a tile
	pitch   int // of lines of pixels
	weights region
	act     graph.Activation
	slices  []directSlice
}

// directSlice is a slice of K.
type directSlice struct {
	first, end int // input channels that it touches
	// places says for each K where in these channels' planes the tap reads its first pixel. What is added to K to make it whole reads zeros.
	places []int32
}

// convDirect adds the step of a convolution whose kernels reach beyond a pixel.
func (p *program) convDirect(n *graph.Node) error {
	packed := p.packed(n.Inputs[1], layoutPanels)
	g := newGather(n)
	beyond := (g.kernel - 1) / g.stride
	d := &directPlan{leaf: p.owner.leaf, gather: g, rows: n.Shape[1], block: max(1, p.blockPixels(n, g.pixels())/g.outWidth), pitch: g.outWidth + beyond,
		weights: packed, act: n.Act}
	d.block = min(d.block, g.outHeight)
	plane := d.plane(d.block)
	taps := g.kernel * g.kernel
	for k0 := 0; k0 < g.depth(); k0 += sliceDepth {
		k1 := min(k0+sliceDepth, g.depth())
		s := directSlice{first: k0 / taps, end: divideUp(k1, taps)}
		for k := k0; k < k1; k++ {
			ky, kx := k%taps/g.kernel, k%g.kernel
			inside := (ky%g.stride*g.stride+kx%g.stride)*plane + ky/g.stride*d.pitch + kx/g.stride
			s.places = append(s.places, int32((k/taps-s.first)*g.stride*g.stride*plane+inside))
		}
		for len(s.places)%depthStep != 0 {
			s.places = append(s.places, int32((s.end-s.first)*g.stride*g.stride*plane))
		}
		d.slices = append(d.slices, s)
	}
	return p.addProducts(n, d)
}

func (d *directPlan) extent() (count, block int) { return d.gather.outHeight, d.block }

// plane is the length of a channel's plane that so many lines see, of one pair of residues to the stride.
func (d *directPlan) plane(lines int) int {
	return (lines + (d.gather.kernel-1)/d.gather.stride) * d.pitch
}

// pairs are the pairs of columns of so many lines.
func (d *directPlan) pairs(lines int) int {
	return divideUp((lines-1)*d.pitch+d.gather.outWidth, 2*panelPixels)
}

// planesSize is the memory of padded planes, with zeros behind them as far as a tap can read.
func (d *directPlan) planesSize() int {
	channels := 0
	for _, s := range d.slices {
		channels = max(channels, s.end-s.first)
	}
	return channels*d.gather.stride*d.gather.stride*d.plane(d.block) + d.pairs(d.block)*2*panelPixels
}

// scratch is the memory that run needs: sums, planes, a panel of weights, a line of input and a row of the result.
func (d *directPlan) scratch() int {
	pairs := d.pairs(d.block)
	return divideUp(d.rows, panelRows)*pairs*len(tilePair{}) + d.planesSize() + sliceDepth*d.leaf.spreadSize + d.gather.lineSize() + pairs*2*panelPixels
}

// run computes lines [first, end) of y, one sample's output, from x, its input.
func (d *directPlan) run(y, x, bias []float32, first, end int, scratch []float32) {
	g, panels, pairs, plane := d.gather, divideUp(d.rows, panelRows), d.pairs(end-first), d.plane(d.block)
	sums, scratch := cut(scratch, panels*pairs*len(tilePair{}))
	planes, scratch := cut(scratch, d.planesSize())
	spread, scratch := cut(scratch, sliceDepth*d.leaf.spreadSize)
	line, row := cut(scratch, g.lineSize())
	clear(sums)
	weights, size := d.weights.values(), g.stride*g.stride*plane
	for _, s := range d.slices {
		for c := s.first; c < s.end; c++ {
			g.pad(planes[(c-s.first)*size:][:size], line, x, c, first*g.stride, plane, d.pitch)
		}
		clear(planes[(s.end-s.first)*size:])
		deep := len(s.places)
		at := sums
		for range panels {
			for k := 0; k < deep; k += d.leaf.spreadDepth {
				slice := min(d.leaf.spreadDepth, deep-k)
				panel := d.leaf.spread(spread, weights[k*panelRows:][:slice*panelRows])
				for j := range pairs {
					d.leaf.taps((*tilePair)(at[j*len(tilePair{}):]), panel, planes[j*2*panelPixels:], s.places[k:k+slice])
				}
			}
			weights, at = weights[deep*panelRows:], at[pairs*len(tilePair{}):]
		}
	}
	d.finish(y, sums, bias, row, first, end, pairs)
}

// finish adds the bias, applies the activation and writes lines [first, end).
func (d *directPlan) finish(y, sums, bias, row []float32, first, end, pairs int) {
	width, area := d.gather.outWidth, len(y)/d.rows
	for o := range d.rows {
		at := o/panelRows*pairs*len(tilePair{}) + o%panelRows*panelPixels
		for j := range 2 * pairs {
			*(*[panelPixels]float32)(row[j*panelPixels:]) = *(*[panelPixels]float32)(sums[at:])
			at += len(microTile{})
		}
		b := float32(0)
		if bias != nil {
			b = bias[o]
		}
		for i := range end - first {
			to := y[o*area+(first+i)*width:][:width]
			for x, v := range row[i*d.pitch:][:width] {
				to[x] = v + b
			}
			activateAll(d.act, to)
		}
	}
}

// pad fills planes, of lines as long as pitch, with a channel of x, padded, from a row of the padded image on.
func (g *gather) pad(planes, line, x []float32, channel, first, plane, pitch int) {
	x = x[channel*g.height*g.width:][:g.height*g.width]
	known := min(len(g.columns), g.stride*pitch)
	for i := range g.stride * (plane / pitch) {
		row := first + i
		from := -1
		if row < len(g.rows) {
			from = int(g.rows[row])
		}
		for rx := range g.stride {
			to := planes[(i%g.stride*g.stride+rx)*plane+i/g.stride*pitch:][:pitch]
			switch {
			case from < 0:
				clear(to)
			case g.stride == 1:
				g.read(to[:known], x[from*g.width:][:g.width], 0)
				clear(to[known:])
			default:
				if rx == 0 {
					g.read(line[:known], x[from*g.width:][:g.width], 0)
				}
				n := 0
				for at := rx; at < known; at += g.stride {
					to[n] = line[at]
					n++
				}
				clear(to[n:])
			}
		}
	}
}
