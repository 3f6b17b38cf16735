package cpu

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// Extents of Winograd's minimal filtering F(4×4, 3×3) (Lavin and Gray 2016): a patch of the input gives a square of outputs, with a quarter
// of the multiplications. The points are 0, ±1, ±2 and ∞.
const (
	squareSize  = 4
	patchSize   = squareSize + 3 - 1
	frequencies = patchSize * patchSize
	lineStep    = 16 // floats by which planes of frequencies are set apart, or they would fall upon each other in the cache
)

// Transforms pay when each of their results takes part in enough products.
const (
	winogradChannels = lowering.WinogradChannels
	winogradPixels   = 64
)

// fitsWinograd reports whether n is a 3×3 convolution that Winograd's filtering speeds up.
func fitsWinograd(n *graph.Node) bool {
	return lowering.Winograd(n) && n.Shape[2]*n.Shape[3] >= winogradPixels
}

// convWinograd adds the steps of a convolution by Winograd's filtering.
func (p *program) convWinograd(n *graph.Node) error {
	weights := p.packed(n.Inputs[1], layoutWinograd)
	all := window{whole(n), [2]int{0, n.Shape[2]}, [2]int{0, n.Shape[3]}}
	return p.winograd(n, newGather(n), weights, all)
}

// window says where results of a plan go: the one at (row, column), if these are inside the window, to a channel's element of the placement.
type window struct {
	placement
	rows, columns [2]int // from, to
}

// winogradPlan is a planned convolution by Winograd's minimal filtering. It counts in squares of the output, line by line, and in columns of
// panelPixels of them, which a new sample begins anew. Its rows are the output channels, as often as there are windows: phases of an upsampling
// convolution see the same patches through kernels of their own.
type winogradPlan struct {
	leaf       *leaf
	gather     *gather
	weights    region
	windows    []window
	channels   int // of the output
	wide, high int // squares
	perSample  int // columns of squares
	act        graph.Activation
}

// row is an element of a lattice: a value for each of the squares that a leaf takes at a time.
type row = [panelPixels]float32

// lattice is a grid of rows: element i of group j begins at values[j·next + i·step].
type lattice struct {
	values     []float32
	step, next int
}

// A batch of columns goes through three steps: to frequencies, products, and back. Within a step the tiles are small enough for many workers.
const (
	batchColumns  = 16 // what a frequency of so many columns has in all channels stays in the second-level cache
	tileChannels  = 32 // of a tile that transforms; a multiple of depthStep
	productPanels = 32 // panels of rows of a tile that multiplies
	finishPanels  = 2  // of a tile that transforms back
)

// winograd adds the steps that compute those results of n that g gathers and the windows show.
func (p *program) winograd(n *graph.Node, g *gather, weights region, windows ...window) error {
	p.fetch(n.Inputs...)
	w := &winogradPlan{leaf: p.owner.leaf, gather: g, weights: weights, windows: windows, channels: n.Shape[1],
		wide: divideUp(g.outWidth, squareSize), high: divideUp(g.outHeight, squareSize), act: n.Act}
	w.perSample = divideUp(w.wide*w.high, panelPixels)
	for first, all := 0, n.Shape[0]*w.perSample; first < all; first += batchColumns {
		p.addBatch(n, &batch{w, first, min(first+batchColumns, all)})
	}
	return nil
}

// batch is the columns [first, end) of all samples.
type batch struct {
	*winogradPlan
	first, end int
}

// squares tells which squares of which sample a column of the batch has.
func (b *batch) squares(column int) (sample, first, end int) {
	column += b.first
	first = column % b.perSample * panelPixels
	return column / b.perSample, first, min(first+panelPixels, b.wide*b.high)
}

// addBatch adds the three steps of a batch.
func (p *program) addBatch(n *graph.Node, b *batch) {
	inputSize, sumsSize := b.sizes()
	p.reserveTransformed(inputSize + sumsSize)
	channelGroups, panelGroups := divideUp(b.gather.channels, tileChannels), divideUp(b.panels(), productPanels)
	p.add(b.columns()*channelGroups, b.transformScratch(), func(t int, w *worker) {
		first := t % channelGroups * tileChannels
		b.transform(p.transformed[:inputSize], w.scratch, p.mem[n.Inputs[0].ID], t/channelGroups, first, min(first+tileChannels, b.gather.channels))
	})
	p.add(frequencies*panelGroups, sliceDepth*b.leaf.spreadSize, func(t int, w *worker) {
		first := t % panelGroups * productPanels
		b.multiply(p.transformed[inputSize:][:sumsSize], p.transformed[:inputSize], w.scratch, t/panelGroups, first, min(first+productPanels, b.panels()))
	})
	p.add(divideUp(b.panels(), finishPanels), finishScratch, func(t int, w *worker) {
		var bias []float32
		if len(n.Inputs) == 3 {
			bias = p.mem[n.Inputs[2].ID]
		}
		b.finish(p.mem[n.ID], p.transformed[inputSize:][:sumsSize], bias, p.mem[n.Inputs[0].ID], w.scratch, t*finishPanels, min((t+1)*finishPanels, b.panels()))
	})
}

func (w *winogradPlan) rows() int   { return w.channels * len(w.windows) }
func (w *winogradPlan) panels() int { return divideUp(w.rows(), panelRows) }
func (b *batch) columns() int       { return b.end - b.first }

// ofSample is the part of an image x [N, C, H, W] that a sample has.
func (w *winogradPlan) ofSample(x []float32, sample int) []float32 {
	size := w.gather.channels * w.gather.height * w.gather.width
	return x[sample*size:][:size]
}

// planes are the distances between frequencies of the input [column][channel][panelPixels] and of the sums [panel][column][microTile].
func (b *batch) planes() (input, sums int) {
	return b.columns()*panelPixels*roundUp(b.gather.channels, depthStep) + lineStep, b.columns()*b.panels()*len(microTile{}) + lineStep
}

func (b *batch) sizes() (input, sums int) {
	input, sums = b.planes()
	return frequencies * input, frequencies * sums
}

// transformScratch is the memory that transform needs: a patch and a line of input.
func (b *batch) transformScratch() int {
	return frequencies*panelPixels + panelPixels*squareSize + patchSize
}

// transform writes the frequencies of a column of squares in channels [from, to) to input.
func (b *batch) transform(input, scratch, x []float32, column, from, to int) {
	patch, line := cut(scratch, frequencies*panelPixels)
	plane, _ := b.planes()
	sample, first, end := b.squares(column)
	x = b.ofSample(x, sample)
	if end-first < panelPixels {
		clear(patch)
	}
	at := column * panelPixels * roundUp(b.gather.channels, depthStep)
	for c := from; c < to; c++ {
		b.readPatches(patch, line, x[c*b.gather.height*b.gather.width:][:b.gather.height*b.gather.width], first, end-first)
		rows := lattice{patch, patchSize * panelPixels, panelPixels}
		b.leaf.toFrequencies(rows, rows)
		b.leaf.toFrequencies(lattice{input[at+c*panelPixels:], plane, patchSize * plane}, lattice{patch, panelPixels, patchSize * panelPixels})
	}
	if padding := roundUp(to, depthStep) - to; padding > 0 {
		for f := range frequencies {
			clear(input[f*plane+at+to*panelPixels:][:padding*panelPixels])
		}
	}
}

// readPatches collects what squares [first, first+count) see of one channel, less the channel's first value: patch[row][column][square].
func (w *winogradPlan) readPatches(patch, line, plane []float32, first, count int) {
	g, base := w.gather, plane[0]
	for lane := 0; lane < count; {
		sy, sx := (first+lane)/w.wide, (first+lane)%w.wide
		run := min(w.wide-sx, count-lane)
		from := sx * squareSize
		segment := line[:run*squareSize+patchSize-squareSize]
		for r := range patchSize {
			known, at := min(len(segment), len(g.columns)-from), sy*squareSize+r
			switch {
			case at >= len(g.rows): // squares may stand out beyond the padded input
				known = 0
			case g.rows[at] < 0:
				clear(segment[:known])
			default:
				g.read(segment[:known], plane[int(g.rows[at])*g.width:][:g.width], from)
			}
			for i := known; i < len(segment); i++ {
				segment[i] = base
			}
			to := (*[patchSize * panelPixels]float32)(patch[r*patchSize*panelPixels:])
			for i := range run {
				v, l := (*[patchSize]float32)(segment[i*squareSize:]), (lane+i)%panelPixels
				to[l], to[l+panelPixels], to[l+2*panelPixels] = v[0]-base, v[1]-base, v[2]-base
				to[l+3*panelPixels], to[l+4*panelPixels], to[l+5*panelPixels] = v[3]-base, v[4]-base, v[5]-base
			}
		}
		lane += run
	}
}

// multiply computes the sums of one frequency for panels [from, to) of rows.
func (b *batch) multiply(sums, input, spread []float32, f, from, to int) {
	inputPlane, sumPlane := b.planes()
	deep, columns, panels := roundUp(b.gather.channels, depthStep), b.columns(), b.panels()
	sums = sums[f*sumPlane+from*columns*len(microTile{}):][:(to-from)*columns*len(microTile{})]
	clear(sums)
	b.leaf.panels(sums, spread, b.weights.values()[f*panels*panelRows*deep:], input[f*inputPlane:], columns, deep, panels, from, to)
}

// finishScratch is the memory that finish needs: frequencies gone half the way back, and squares.
const finishScratch = squareSize * (patchSize + squareSize) * panelPixels

// finish turns sums of panels [from, to) of rows back into pixels, adds constants and the bias, applies the activation and writes them to
// their places in y.
func (b *batch) finish(y, sums, bias, x, scratch []float32, from, to int) {
	_, plane := b.planes()
	columns, samples := b.columns(), len(x)/len(b.ofSample(x, 0))
	outputs := len(y) / samples
	stride := outputs / b.channels
	between, squares := cut(scratch, squareSize*patchSize*panelPixels) // [squareSize][patchSize][panelPixels]
	squares = squares[:squareSize*squareSize*panelPixels]
	for panel := from; panel < to; panel++ {
		var constants [panelRows]float32
		known := -1 // whose constants these are
		for j := range columns {
			sample, first, end := b.squares(j)
			if sample != known {
				constants, known = b.ofConstants(panel, b.ofSample(x, sample)), sample
			}
			for i := range min(panelRows, b.rows()-panel*panelRows) {
				o := (panel*panelRows + i) % b.channels
				add := constants[i]
				if bias != nil {
					add += bias[o]
				}
				at := (panel*columns+j)*len(microTile{}) + i*panelPixels
				b.leaf.fromFrequencies(lattice{between, patchSize * panelPixels, panelPixels}, lattice{sums[at:], patchSize * plane, plane}, patchSize)
				b.leaf.fromFrequencies(lattice{squares, panelPixels, squareSize * panelPixels},
					lattice{between, panelPixels, patchSize * panelPixels}, squareSize)
				if add != 0 {
					b.leaf.normalise(squares, squares, 0, 1, add, float32(math.Inf(-1)))
				}
				activateAll(b.act, squares)
				b.write(y[sample*outputs+o*stride:][:stride], squares, b.windows[(panel*panelRows+i)/b.channels], first, end)
			}
		}
	}
}

// ofConstants computes what a panel of rows makes of an input that is everywhere as in its first pixel. readPatches takes that constant away
// and finish adds this: a constant channel then gives exactly a constant, as it does by definition. Rounding would make noise of it, which the
// eps of an instance norm behind it enlarges 300 times, and the next as much again: a blank sheet would come out as a texture.
func (w *winogradPlan) ofConstants(panel int, x []float32) (out [panelRows]float32) {
	const ones, scale = patchSize + 1, 36 // the frequency of the points 1 and 1 has the sum of a kernel, over 36
	channels, panels := w.gather.channels, w.panels()
	weights := w.weights.values()[ones*panels*panelRows*roundUp(channels, depthStep):]
	for k0 := 0; k0 < channels; k0 += sliceDepth {
		slice := min(sliceDepth, channels-k0)
		deep := roundUp(slice, depthStep)
		for k := range slice {
			constant := scale * x[(k0+k)*w.gather.height*w.gather.width]
			if constant == 0 { // as often behind a ReLU
				continue
			}
			v := (*[panelRows]float32)(weights[(panel*deep+k)*panelRows:])
			out[0] += constant * v[0]
			out[1] += constant * v[1]
			out[2] += constant * v[2]
			out[3] += constant * v[3]
		}
		weights = weights[panels*deep*panelRows:]
	}
	return out
}

// write lays squares [first, end), given as [row][column][square], out in a channel of the output.
func (w *winogradPlan) write(channel, squares []float32, to window, first, end int) {
	sy, sx := first/w.wide, first%w.wide
	for lane := range end - first {
		oy, ox := sy*squareSize, sx*squareSize
		top, bottom := max(to.rows[0]-oy, 0), min(to.rows[1]-oy, squareSize)
		left, right := max(to.columns[0]-ox, 0), min(to.columns[1]-ox, squareSize)
		at := to.first + (oy+top)*to.rowStep + (ox+left)*to.step
		for r := top; r < bottom; r++ {
			from := (*[(squareSize-1)*panelPixels + 1]float32)(squares[r*squareSize*panelPixels+lane:])
			if right-left == squareSize {
				to, step := channel[at:][:(squareSize-1)*to.step+1], to.step
				to[0], to[step], to[2*step], to[3*step] = from[0], from[panelPixels], from[2*panelPixels], from[3*panelPixels]
			} else {
				for c := left; c < right; c++ {
					channel[at+(c-left)*to.step] = from[c*panelPixels]
				}
			}
			at += to.rowStep
		}
		if sx++; sx == w.wide {
			sy, sx = sy+1, 0
		}
	}
}
