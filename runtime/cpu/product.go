package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// Extents of the matrix product weights [O, K] × pixels [K, P], where K runs over input channels and kernel positions and P over the
// pixels of one sample's output (Goto and van de Geijn 2008). A tile of the step is all of O by a block of pixels, computed slice by slice
// of K: the slice of pixels stays in the second-level cache, one panel of weights and one of pixels in the first.
const (
	panelRows   = 4   // output channels of a micro tile
	panelPixels = 16  // pixels of a micro tile
	sliceDepth  = 128 // K of a slice; a multiple of depthStep
	depthStep   = 4   // micro kernels take this many K at a time; weights and pixels are padded by zeros to it
)

// microTile holds the sums of one micro tile, [panelRows][panelPixels]; tilePair those of two columns beside each other.
type (
	microTile = [panelRows * panelPixels]float32
	tilePair  = [2 * panelRows * panelPixels]float32
)

// mulPlan is a planned product of packed weights with gathered pixels.
type mulPlan struct {
	leaf    *leaf
	gather  *gather
	rows    int // output channels
	depth   int // K
	block   int // the most pixels of a block, a multiple of panelPixels
	weights region
	act     graph.Activation
	place   placement
}

// placement says where a product's pixels lie in a channel of the output: the one at (row, column) at first + row·rowStep + column·step.
type placement struct{ first, rowStep, step int }

// whole is the placement of all of n.
func whole(n *graph.Node) placement { return placement{0, n.Shape[3], 1} }

// mul plans the product that gives those pixels of n that g gathers.
func (p *program) mul(n *graph.Node, g *gather, weights region, place placement) *mulPlan {
	return &mulPlan{leaf: p.owner.leaf, gather: g, rows: n.Shape[1], depth: g.depth(), block: p.blockPixels(n, g.pixels()),
		weights: weights, act: n.Act, place: place}
}

func (m *mulPlan) extent() (count, block int) { return m.gather.pixels(), m.block }

// scratch is the memory that run needs: sums, a slice of pixels, a panel of weights and a line of input.
func (m *mulPlan) scratch() int {
	return roundUp(m.rows, panelRows)*m.block + sliceDepth*m.block + sliceDepth*m.leaf.spreadSize + m.gather.sliceScratch()
}

// run computes pixels [first, end) of all rows of y, one sample's output, from x, its input.
func (m *mulPlan) run(y, x, bias []float32, first, end int, scratch []float32) {
	panels, columns := roundUp(m.rows, panelRows)/panelRows, roundUp(end-first, panelPixels)/panelPixels
	sums, scratch := cut(scratch, panels*columns*len(microTile{}))
	pixels, scratch := cut(scratch, sliceDepth*columns*panelPixels)
	spread, line := cut(scratch, sliceDepth*m.leaf.spreadSize)
	clear(sums)
	weights := m.weights.values()
	for k := 0; k < m.depth; k += sliceDepth {
		deep := roundUp(min(sliceDepth, m.depth-k), depthStep)
		m.gather.slice(pixels, line, x, k, min(k+sliceDepth, m.depth), first, end)
		m.leaf.product(sums, spread, weights[:panels*deep*panelRows], pixels, columns, deep, deep)
		weights = weights[panels*deep*panelRows:]
	}
	m.finish(y, sums, bias, pixels, first, end, columns)
}

// product adds panels of weights, deep K of each, times as many K of columns of pixels, which lie stride K apart, to sums [panel][column].
func (l *leaf) product(sums, spread, weights, pixels []float32, columns, deep, stride int) {
	for ; len(weights) > 0; weights = weights[deep*panelRows:] {
		for k := 0; k < deep; k += l.spreadDepth {
			slice := min(l.spreadDepth, deep-k)
			panel := l.spread(spread, weights[k*panelRows:][:slice*panelRows])
			l.columns(sums, panel, pixels[k*panelPixels:], columns, slice, stride)
		}
		sums = sums[columns*len(microTile{}):]
	}
}

// columns is product for one panel, as spread.
func (l *leaf) columns(sums, panel, pixels []float32, columns, deep, stride int) {
	j := 0
	for ; l.multiplyPair != nil && j < columns-1; j += 2 {
		l.multiplyPair((*tilePair)(sums), panel, pixels[j*stride*panelPixels:][:deep*panelPixels], pixels[(j+1)*stride*panelPixels:][:deep*panelPixels])
		sums = sums[len(tilePair{}):]
	}
	for ; j < columns; j++ {
		l.multiply((*microTile)(sums), panel, pixels[j*stride*panelPixels:][:deep*panelPixels])
		sums = sums[len(microTile{}):]
	}
}

// panels is product for panels [from, to) of all, with weights as packWeights lays them out and all K of columns of pixels, deep each.
func (l *leaf) panels(sums, spread, weights, pixels []float32, columns, deep, all, from, to int) {
	for k := 0; k < deep; k += sliceDepth {
		slice := min(sliceDepth, deep-k)
		l.product(sums, spread, weights[(k*all+from*slice)*panelRows:][:(to-from)*slice*panelRows], pixels[k*panelPixels:], columns, slice, deep)
	}
}

// finish adds the bias, applies the activation and lays the sums out by rows. spare is room for a row that has gaps in the output.
func (m *mulPlan) finish(y, sums, bias, spare []float32, first, end, columns int) {
	stride, dense := len(y)/m.rows, m.place.dense(m.gather)
	for o := range m.rows {
		channel, b := y[o*stride:][:stride], float32(0)
		row := spare[:end-first]
		if dense {
			row = channel[m.place.first+first:][:end-first]
		}
		if bias != nil {
			b = bias[o]
		}
		at := o/panelRows*columns*len(microTile{}) + o%panelRows*panelPixels
		for i := 0; i < len(row); i += panelPixels {
			out := row[i:min(i+panelPixels, len(row))]
			for l, v := range sums[at:][:len(out)] {
				out[l] = v + b
			}
			at += len(microTile{})
		}
		activateAll(m.act, row)
		if !dense {
			m.place.scatter(channel, row, first, m.gather.outWidth)
		}
	}
}

// dense reports whether pixels that follow each other do so in the output.
func (p placement) dense(g *gather) bool { return p.step == 1 && p.rowStep == g.outWidth }

// scatter writes pixels, from number first on of lines as long as width, to their places in a channel.
func (p placement) scatter(channel, pixels []float32, first, width int) {
	for len(pixels) > 0 {
		row, column := first/width, first%width
		run := min(width-column, len(pixels))
		at := p.first + row*p.rowStep + column*p.step
		for _, v := range pixels[:run] {
			channel[at] = v
			at += p.step
		}
		pixels, first = pixels[run:], first+run
	}
}

// packedSize is the length of packWeights' result for weights [O, I, K, K].
func packedSize(s graph.Shape) int {
	return roundUp(s[0], panelRows) * roundUp(s[1:].Elems(), depthStep)
}

// packWeights lays weights [O, I, K, K] out in the order in which run reads them: by slice of K, panel of rows, K, row.
func packWeights(packed, weights []float32, s graph.Shape) {
	rows, depth := s[0], s[1:].Elems()
	clear(packed)
	for k0 := 0; k0 < depth; k0 += sliceDepth {
		k1 := min(k0+sliceDepth, depth)
		for o0 := 0; o0 < rows; o0 += panelRows {
			for o := o0; o < min(o0+panelRows, rows); o++ {
				for k, v := range weights[o*depth+k0 : o*depth+k1] {
					packed[k*panelRows+o-o0] = v
				}
			}
			packed = packed[roundUp(k1-k0, depthStep)*panelRows:]
		}
	}
}

func divideUp(n, step int) int { return (n + step - 1) / step }

func roundUp(n, step int) int { return divideUp(n, step) * step }

func cut(s []float32, n int) (head, tail []float32) { return s[:n:n], s[n:] }
