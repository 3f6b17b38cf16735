package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// fitsNarrow reports whether n has so few output channels that gathering pixels for each kernel position would take longer than the product.
func fitsNarrow(n *graph.Node) bool {
	w := n.Inputs[1]
	return n.Stride == 1 && w.Shape[0] <= panelRows && w.Shape[1] >= 2*panelRows && w.Shape[2] > 1
}

// convNarrow adds the step of a convolution to a few channels, such as an image. It gathers each line of the padded input once, as it lies.
// Rows of the product are pairs of an output channel and a kernel column, K is the input channels; what a line gives by each kernel row is
// added to the sums of another line of outputs. Last, the kernel columns' sums are added, each shifted by its column.
func (p *program) convNarrow(n *graph.Node) error {
	weights := p.packed(n.Inputs[1], layoutNarrow)
	return p.addProducts(n, p.narrow(n, newGather(n), weights))
}

// narrowPlan is a planned convolution to a few channels. It counts in lines of the output.
type narrowPlan struct {
	leaf    *leaf
	gather  *gather
	outputs int // channels
	block   int // the most lines of a tile
	weights region
	act     graph.Activation
}

func (p *program) narrow(n *graph.Node, g *gather, weights region) *narrowPlan {
	const perWorker, most = 4, 16 // the most blocks of pixels: a tile gathers some lines that its neighbours gather too
	lines := max(1, most*p.owner.leaf.blockPixels/g.outWidth)
	if workers := len(p.owner.pool.workers); workers > 1 {
		lines = min(lines, max(g.kernel, n.Shape[0]*g.outHeight/(perWorker*workers)))
	}
	return &narrowPlan{p.owner.leaf, g, n.Shape[1], lines, weights, n.Act}
}

func (m *narrowPlan) extent() (count, block int) { return m.gather.outHeight, m.block }

// panels, columns and deep are the extents of the product for one kernel row.
func (m *narrowPlan) panels() int  { return divideUp(m.outputs*m.gather.kernel, panelRows) }
func (m *narrowPlan) columns() int { return divideUp(m.gather.lineSize(), panelPixels) }
func (m *narrowPlan) deep() int    { return roundUp(m.gather.channels, depthStep) }

func (m *narrowPlan) sumsSize() int { return m.panels() * m.columns() * len(microTile{}) }

// scratch is the memory that run needs: sums of as many lines as the kernel has rows, a line of pixels in panels and as it lies, weights.
func (m *narrowPlan) scratch() int {
	width := m.columns() * panelPixels
	return m.gather.kernel*m.sumsSize() + width*m.deep() + width + sliceDepth*m.leaf.spreadSize
}

// run computes lines [first, end) of y, one sample's output, from x, its input.
func (m *narrowPlan) run(y, x, bias []float32, first, end int, scratch []float32) {
	g, columns, deep, size := m.gather, m.columns(), m.deep(), m.sumsSize()
	sums, scratch := cut(scratch, g.kernel*size)
	pixels, scratch := cut(scratch, columns*panelPixels*deep)
	line, spread := cut(scratch, columns*panelPixels)
	for at := first; at < end+g.kernel-1; at++ {
		m.readLine(pixels, line, x, at)
		for ky := range g.kernel {
			out := at - ky
			if out < first || out >= end {
				continue
			}
			to := sums[out%g.kernel*size:][:size]
			if ky == 0 {
				clear(to)
			}
			weights := m.weights.values()[ky*m.panels()*panelRows*deep:]
			m.leaf.panels(to, spread, weights, pixels, columns, deep, m.panels(), 0, m.panels())
		}
		if out := at - g.kernel + 1; out >= first {
			m.finish(y, sums[out%g.kernel*size:][:size], line, bias, out)
		}
	}
}

// readLine fills pixels with a line of the padded input, [column][channel][panelPixels].
func (m *narrowPlan) readLine(pixels, line, x []float32, at int) {
	g, deep := m.gather, m.deep()
	for c := range deep {
		if c < g.channels && g.rows[at] >= 0 {
			g.read(line[:g.lineSize()], x[(c*g.height+int(g.rows[at]))*g.width:][:g.width], 0)
			clear(line[g.lineSize():])
		} else {
			clear(line)
		}
		for j := range m.columns() {
			moveRow((*row)(pixels[(j*deep+c)*panelPixels:]), (*row)(line[j*panelPixels:]))
		}
	}
}

// finish adds the sums of the kernel columns and the bias, applies the activation and writes line number out.
func (m *narrowPlan) finish(y, sums, line, bias []float32, out int) {
	g, columns := m.gather, m.columns()
	for o := range m.outputs {
		clear(line)
		for kx := range g.kernel {
			row := o*g.kernel + kx
			at := row/panelRows*columns*len(microTile{}) + row%panelRows*panelPixels
			for p := 0; p < columns*panelPixels; p += panelPixels {
				from := sums[at:][:panelPixels]
				if cut := kx - p; cut > 0 {
					from = from[min(cut, panelPixels):]
				}
				to := line[max(p-kx, 0):]
				for i, v := range from {
					to[i] += v
				}
				at += len(microTile{})
			}
		}
		result := y[(o*g.outHeight+out)*g.outWidth:][:g.outWidth]
		copy(result, line)
		if bias != nil {
			for i := range result {
				result[i] += bias[o]
			}
		}
		activateAll(m.act, result)
	}
}

// narrowSize is the length of packNarrow's result for weights [O, I, K, K].
func narrowSize(s graph.Shape) int { return s[2] * packedSize(narrowShape(s)) }

// narrowShape is the shape of the weights [output and kernel column, input] of one kernel row.
func narrowShape(s graph.Shape) graph.Shape { return graph.Shape{s[0] * s[3], s[1]} }

// packNarrow packs weights [O, I, K, K] as a product for each kernel row. spare is room for the weights of one.
func packNarrow(packed, weights, spare []float32, s graph.Shape) {
	inputs, kernel, one := s[1], s[2], spare[:narrowShape(s).Elems()]
	for ky := range kernel {
		for o := range s[0] {
			for i := range inputs {
				for kx := range kernel {
					one[(o*kernel+kx)*inputs+i] = weights[((o*inputs+i)*kernel+ky)*kernel+kx]
				}
			}
		}
		packWeights(packed[ky*packedSize(narrowShape(s)):][:packedSize(narrowShape(s))], one, narrowShape(s))
	}
}
