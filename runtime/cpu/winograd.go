package cpu

import (
	"context"

	"github.com/webmunit/webmunit/runtime/graph"
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
	winogradChannels = 16
	winogradPixels   = 64
)

// fitsWinograd reports whether n is a 3×3 convolution that Winograd's filtering speeds up.
func fitsWinograd(n *graph.Node) bool {
	w := n.Inputs[1]
	return w.Op == graph.OpParam && w.Shape[2] == 3 && n.Stride == 1 &&
		min(w.Shape[0], w.Shape[1]) >= winogradChannels && n.Shape[2]*n.Shape[3] >= winogradPixels
}

// convWinograd adds the step of a convolution by Winograd's filtering.
func (p *program) convWinograd(n *graph.Node) error {
	weights, err := p.params.get(n.Inputs[1], layoutWinograd)
	if err != nil {
		return err
	}
	return p.addProducts(n, p.winograd(n, newGather(n), weights, whole(n)))
}

// winogradPlan is a planned convolution by Winograd's minimal filtering. It counts in squares of the output, line by line.
type winogradPlan struct {
	*mulPlan
	wide, high int // squares
}

// row is an element of a lattice: a value for each of the squares that a leaf takes at a time.
type row = [panelPixels]float32

// lattice is a grid of rows: element i of group j begins at values[j·next + i·step].
type lattice struct {
	values     []float32
	step, next int
}

// winograd plans those pixels of n that g gathers.
func (p *program) winograd(n *graph.Node, g *gather, weights []float32, place placement) *winogradPlan {
	const perWorker = 2 // large blocks: for each, all weights are read
	w := &winogradPlan{p.mul(n, g, weights, place), roundUp(g.outWidth, squareSize) / squareSize, roundUp(g.outHeight, squareSize) / squareSize}
	most, workers := w.leaf.blockPixels/(squareSize*squareSize)*squareSize, len(p.owner.pool.workers)
	size := most
	if workers > 1 {
		size = n.Shape[0] * n.Shape[2] * n.Shape[3] / (squareSize * squareSize * perWorker * workers)
	}
	w.block = min(roundUp(max(size, 1), panelPixels), most, roundUp(w.wide*w.high, panelPixels))
	return w
}

func (w *winogradPlan) extent() (count, block int) { return w.wide * w.high, w.block }

// planes are the distances between frequencies of the input and of the sums, for so many columns of squares.
func (w *winogradPlan) planes(columns int) (input, sums int) {
	return columns*panelPixels*roundUp(w.gather.channels, depthStep) + lineStep, columns*panelPixels*roundUp(w.rows, panelRows) + lineStep
}

// scratch is the memory that run needs: frequencies, their sums, constants, a patch, the squares that it becomes, weights and a line of input.
func (w *winogradPlan) scratch() int {
	input, sums := w.planes(w.block / panelPixels)
	return frequencies*(input+sums+panelPixels) + roundUp(w.rows, panelRows) + squareSize*squareSize*panelPixels + sliceDepth*w.leaf.spreadSize + panelPixels*squareSize + patchSize
}

// run computes squares [first, end) of all rows of y, one sample's output, from x, its input.
func (w *winogradPlan) run(y, x, bias []float32, first, end int, scratch []float32) {
	columns := roundUp(end-first, panelPixels) / panelPixels
	inputPlane, sumPlane := w.planes(columns)
	input, scratch := cut(scratch, frequencies*inputPlane)
	sums, scratch := cut(scratch, frequencies*sumPlane)
	constants, scratch := cut(scratch, roundUp(w.rows, panelRows))
	patch, scratch := cut(scratch, frequencies*panelPixels)
	squares, scratch := cut(scratch, squareSize*squareSize*panelPixels)
	spread, line := cut(scratch, sliceDepth*w.leaf.spreadSize)
	w.transform(input, patch, line, x, first, end, inputPlane)
	deep, weights := roundUp(w.gather.channels, depthStep), w.weights
	clear(sums)
	for f := range frequencies {
		for k := 0; k < deep; k += sliceDepth {
			slice := min(sliceDepth, deep-k)
			size := roundUp(w.rows, panelRows) * slice
			w.leaf.product(sums[f*sumPlane:], spread, weights[:size], input[f*inputPlane+k*panelPixels:], columns, slice, deep)
			weights = weights[size:]
		}
	}
	w.ofConstants(constants, x)
	w.finish(y, sums, patch, squares, constants, bias, first, end, sumPlane)
}

// ofConstants computes what the rows make of an input that is everywhere as in its first pixel. readPatches takes that constant away and
// finish adds this: a constant channel then gives exactly a constant, as it does by definition. Rounding would make noise of it, which the
// eps of an instance norm behind it enlarges 300 times, and the next as much again: a blank sheet would come out as a texture.
func (w *winogradPlan) ofConstants(out, x []float32) {
	const ones, scale = patchSize + 1, 36 // the frequency of the points 1 and 1 has the sum of a kernel, over 36
	channels, panels := w.gather.channels, roundUp(w.rows, panelRows)/panelRows
	weights := w.weights[ones*panels*panelRows*roundUp(channels, depthStep):]
	clear(out)
	for k0 := 0; k0 < channels; k0 += sliceDepth {
		k1 := min(k0+sliceDepth, channels)
		for panel := range panels {
			to := (*[panelRows]float32)(out[panel*panelRows:])
			for k := k0; k < k1; k++ {
				constant := scale * x[k*w.gather.height*w.gather.width]
				for o, v := range (*[panelRows]float32)(weights[(k-k0)*panelRows:]) {
					to[o] += constant * v
				}
			}
			weights = weights[roundUp(k1-k0, depthStep)*panelRows:]
		}
	}
}

// transform writes the frequencies of squares [first, end) to input, [frequency][column][channel][panelPixels].
func (w *winogradPlan) transform(input, patch, line, x []float32, first, end, plane int) {
	channels, deep := w.gather.channels, roundUp(w.gather.channels, depthStep)
	for s := first; s < end; s += panelPixels {
		count := min(panelPixels, end-s)
		if count < panelPixels {
			clear(patch)
		}
		at := (s - first) * deep
		for c := range channels {
			w.readPatches(patch, line, x[c*w.gather.height*w.gather.width:][:w.gather.height*w.gather.width], s, count)
			rows := lattice{patch, patchSize * panelPixels, panelPixels}
			w.leaf.toFrequencies(rows, rows)
			w.leaf.toFrequencies(lattice{input[at+c*panelPixels:], plane, patchSize * plane}, lattice{patch, panelPixels, patchSize * panelPixels})
		}
		for f := range frequencies {
			clear(input[f*plane+at+channels*panelPixels : f*plane+at+deep*panelPixels])
		}
	}
}

// readPatches collects what squares [first, first+count) see of one channel, less the channel's first value: patch[row][column][square].
func (w *winogradPlan) readPatches(patch, line, plane []float32, first, count int) {
	g := w.gather
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
			for i := range segment[:known] {
				segment[i] -= plane[0]
			}
			clear(segment[known:])
			to := (*[patchSize * panelPixels]float32)(patch[r*patchSize*panelPixels:])
			for i := range run {
				v, l := (*[patchSize]float32)(segment[i*squareSize:]), (lane+i)%panelPixels
				to[l], to[l+panelPixels], to[l+2*panelPixels] = v[0], v[1], v[2]
				to[l+3*panelPixels], to[l+4*panelPixels], to[l+5*panelPixels] = v[3], v[4], v[5]
			}
		}
		lane += run
	}
}

// finish turns sums back into pixels, adds constants and the bias, applies the activation and writes them to their places.
func (w *winogradPlan) finish(y, sums, spare, squares, constants, bias []float32, first, end, plane int) {
	columns, stride := roundUp(end-first, panelPixels)/panelPixels, len(y)/w.rows
	between := lattice{spare, patchSize * panelPixels, panelPixels} // [squareSize][patchSize][panelPixels]
	for o := range w.rows {
		channel, b := y[o*stride:][:stride], constants[o]
		if bias != nil {
			b += bias[o]
		}
		for j := range columns {
			at := (o/panelRows*columns+j)*len(microTile{}) + o%panelRows*panelPixels
			w.leaf.fromFrequencies(between, lattice{sums[at:], patchSize * plane, plane}, patchSize)
			w.leaf.fromFrequencies(lattice{squares, panelPixels, squareSize * panelPixels},
				lattice{spare, panelPixels, patchSize * panelPixels}, squareSize)
			if b != 0 {
				for i := range squares {
					squares[i] += b
				}
			}
			activateAll(w.act, squares)
			w.write(channel, squares, first+j*panelPixels, min(end, first+(j+1)*panelPixels))
		}
	}
}

// write lays squares [first, end), given as [row][column][square], out in a channel of the output.
func (w *winogradPlan) write(channel, squares []float32, first, end int) {
	g := w.gather
	sy, sx := first/w.wide, first%w.wide
	for lane := range end - first {
		oy, ox := sy*squareSize, sx*squareSize
		at := w.place.first + oy*w.place.rowStep + ox*w.place.step
		columns := min(squareSize, g.outWidth-ox)
		for r := range min(squareSize, g.outHeight-oy) {
			for c := range columns {
				channel[at+c*w.place.step] = squares[(r*squareSize+c)*panelPixels+lane]
			}
			at += w.place.rowStep
		}
		if sx++; sx == w.wide {
			sy, sx = sy+1, 0
		}
	}
}

// winogradSize is the length of packWinograd's result for weights [O, I, 3, 3].
func winogradSize(s graph.Shape) int { return frequencies * packedSize(graph.Shape{s[0], s[1]}) }

// packWinograd transforms kernels and lays each frequency out as packWeights would a matrix [O, I]. It takes a panel of rows a tile: of a
// large model this is as much work as a picture.
func packWinograd(pool *pool, packed, weights []float32, s graph.Shape) {
	plane, inputs, panels := packedSize(graph.Shape{s[0], s[1]}), s[1], roundUp(s[0], panelRows)/panelRows
	// Never ends early: the context is nobody's.
	_ = pool.run(context.Background(), panels, func(panel int, _ *worker) {
		var block [frequencies][sliceDepth * panelRows]float32 // gathered here, because the planes fall upon each other in the cache
		for k0 := 0; k0 < inputs; k0 += sliceDepth {
			k1 := min(k0+sliceDepth, inputs)
			deep := roundUp(k1-k0, depthStep)
			clear(block[:])
			for o := panel * panelRows; o < min((panel+1)*panelRows, s[0]); o++ {
				for k := k0; k < k1; k++ {
					kernel := kernelToFrequencies((*[9]float32)(weights[9*(o*inputs+k):]))
					for f, v := range kernel {
						block[f][(k-k0)*panelRows+o%panelRows] = v
					}
				}
			}
			for f := range block {
				at := f*plane + k0*panels*panelRows + panel*deep*panelRows
				copy(packed[at:], block[f][:deep*panelRows])
			}
		}
	})
}

// kernelToFrequencies is G·kernel·Gᵀ, in float64: what is rounded here, every product repeats.
func kernelToFrequencies(kernel *[9]float32) (all [frequencies]float32) {
	var rows [patchSize][3]float64
	for c := range 3 {
		rows[0][c], rows[1][c], rows[2][c], rows[3][c], rows[4][c], rows[5][c] =
			pointsOf(float64(kernel[c]), float64(kernel[3+c]), float64(kernel[6+c]))
	}
	for i, row := range rows {
		p0, p1, p2, p3, p4, p5 := pointsOf(row[0], row[1], row[2])
		*(*[patchSize]float32)(all[i*patchSize:]) = [...]float32{float32(p0), float32(p1), float32(p2), float32(p3), float32(p4), float32(p5)}
	}
	return all
}

// pointsOf is the matrix G: the values of a polynomial at the points, scaled so that the other two matrices are whole numbers.
func pointsOf(a, b, c float64) (p0, p1, p2, p3, p4, p5 float64) {
	even, odd := (a+c)*(1./6), b*(1./6)
	even2, odd2 := a*(1./24)+c*(1./6), b*(1./12)
	return a * (1. / 4), -(even + odd), odd - even, even2 + odd2, even2 - odd2, c
}
