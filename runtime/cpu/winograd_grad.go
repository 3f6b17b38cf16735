//go:build !js

package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// kernelGrad is the plan of the gradient of 3×3 kernels through Winograd's filtering, whose steps it takes backwards: patches of x go to
// frequencies as they did, squares of dy go to them by the transposed matrix, their products are summed over all squares, with a quarter of the
// multiplications, and the sums become kernels by the transposed matrix. Here lanes are channels: sums run over squares.
type kernelGrad struct {
	leaf       *leaf
	gather     *gather     // of what the taps read
	rows       []placement // where in a sample of dy each row of the result begins; the result has columns for the channels of x
	wide, high int         // squares
	samples    int
}

// Channels are as many as squares are elsewhere: a row of a lattice.
const gradChannels = panelPixels

// fitsKernelGrad reports whether the gradient of so many kernels is worth the transforms.
func fitsKernelGrad(g *gather, rows int) bool {
	return g.kernel == 3 && g.stride == 1 && min(rows, g.channels) >= winogradChannels && g.pixels() >= winogradPixels
}

// kernelGrad adds the steps that give write a panel of rows at a time: kernels [panelRows][channels of x][kernelSize], of which some are of no
// row in the last panel.
func (p *program) kernelGrad(x, dy *graph.Node, g *gather, rows []placement, write func(panel int, kernels []float32)) {
	k := &kernelGrad{leaf: p.owner.leaf, gather: g, rows: rows, wide: divideUp(g.outWidth, squareSize), high: divideUp(g.outHeight, squareSize),
		samples: x.Shape[0]}
	lines := k.samples * k.high
	batch := min(lines, max(1, sliceDepth/k.wide)) // lines of squares
	deep := roundUp(batch*k.wide, depthStep)
	xPlane, dyPlane := k.blocks()*deep*gradChannels+lineStep, k.panels()*deep*panelRows+lineStep
	sumPlane := k.panels()*k.blocks()*len(microTile{}) + lineStep
	p.reserveTransformed(frequencies * (xPlane + dyPlane + sumPlane))
	memory := func() (xs, dys, sums []float32) {
		xs, rest := cut(p.transformed, frequencies*xPlane)
		dys, rest = cut(rest, frequencies*dyPlane)
		return xs, dys, rest[:frequencies*sumPlane]
	}
	const panelGroup = 8
	groups := divideUp(k.panels(), panelGroup)
	for first := 0; first < lines; first += batch {
		count := min(batch, lines-first)
		squares := count * k.wide
		deep := roundUp(squares, depthStep)
		blocks := k.blocks() + divideUp(len(rows), gradChannels)
		p.add(count*blocks, k.scratch(), func(t int, w *worker) {
			xs, dys, _ := memory()
			line, block := t/blocks, t%blocks
			if block < k.blocks() {
				k.transform(xs, w.scratch, p.mem[x.ID], first+line, block, line*k.wide, squares, deep, xPlane)
			} else {
				k.transformGradient(dys, w.scratch, p.mem[dy.ID], first+line, block-k.blocks(), line*k.wide, squares, deep, dyPlane)
			}
		})
		p.add(frequencies*groups, sliceDepth*k.leaf.spreadSize, func(t int, w *worker) {
			xs, dys, sums := memory()
			f, from := t/groups, t%groups*panelGroup
			to := min(from+panelGroup, k.panels())
			sums = sums[f*sumPlane:][from*k.blocks()*len(microTile{}) : to*k.blocks()*len(microTile{})]
			if first == 0 {
				clear(sums)
			}
			k.leaf.panels(sums, w.scratch, dys[f*dyPlane:], xs[f*xPlane:], k.blocks(), deep, k.panels(), from, to)
		})
	}
	p.add(k.panels(), k.scratch(), func(t int, w *worker) {
		_, _, sums := memory()
		write(t, k.finish(sums, w.scratch, t, sumPlane))
	})
}

func (k *kernelGrad) blocks() int { return divideUp(k.gather.channels, gradChannels) }
func (k *kernelGrad) panels() int { return divideUp(len(k.rows), panelRows) }

// pitch is the length of a line of pixels of x that a line of squares sees.
func (k *kernelGrad) pitch() int { return k.wide*squareSize + patchSize - squareSize }

// scratch is the memory that the tiles need: a line as it lies, a patch half and wholly transformed, and lines of a block of channels or the
// kernels of a panel.
func (k *kernelGrad) scratch() int {
	return k.gather.lineSize() + 2*frequencies*gradChannels + max(patchSize*k.pitch()*gradChannels, panelRows*k.gather.channels*kernelSize)
}

// transform writes the frequencies of a line of squares in a block of channels of x to xs, [block][deep][gradChannels] in each plane, from
// square at on, and zeros behind the last of so many squares.
func (k *kernelGrad) transform(xs, scratch, x []float32, line, block, at, squares, deep, plane int) {
	g, pitch := k.gather, k.pitch()
	patch, scratch := cut(scratch, frequencies*gradChannels)
	segment, band := cut(scratch, g.lineSize())
	clear(band[:patchSize*pitch*gradChannels])
	size := g.height * g.width
	x = x[line/k.high*g.channels*size:]
	for i := range min(gradChannels, g.channels-block*gradChannels) {
		channel := x[(block*gradChannels+i)*size:][:size]
		for r := range patchSize {
			row := line%k.high*squareSize + r
			if row >= len(g.rows) || g.rows[row] < 0 {
				continue
			}
			known := segment[:min(pitch, len(g.columns))]
			g.read(known, channel[int(g.rows[row])*g.width:][:g.width], 0)
			to := band[r*pitch*gradChannels+i:]
			for j, v := range known {
				to[j*gradChannels] = v
			}
		}
	}
	to := xs[(block*deep+at)*gradChannels:]
	for s := range k.wide {
		k.leaf.toFrequencies(lattice{patch, patchSize * gradChannels, gradChannels},
			lattice{band[s*squareSize*gradChannels:], pitch * gradChannels, gradChannels})
		k.leaf.toFrequencies(lattice{to[s*gradChannels:], plane, patchSize * plane}, lattice{patch, gradChannels, patchSize * gradChannels})
	}
	if at+k.wide == squares {
		for f := range frequencies {
			clear(to[f*plane+k.wide*gradChannels:][:(deep-squares)*gradChannels])
		}
	}
}

// transformGradient writes those of a block of rows of dy to dys, as packWeights would a matrix [row][square].
func (k *kernelGrad) transformGradient(dys, scratch, dy []float32, line, block, at, squares, deep, plane int) {
	g, pitch := k.gather, k.wide*squareSize
	patch, scratch := cut(scratch, frequencies*gradChannels)
	half, band := cut(scratch, frequencies*gradChannels)
	clear(band[:squareSize*pitch*gradChannels])
	dy = dy[line/k.high*(len(dy)/k.samples):]
	rows := k.rows[block*gradChannels : min((block+1)*gradChannels, len(k.rows))]
	for i, place := range rows {
		for r := range min(squareSize, g.outHeight-line%k.high*squareSize) {
			from := place.first + (line%k.high*squareSize+r)*place.rowStep
			to := band[r*pitch*gradChannels+i:]
			for x := range g.outWidth {
				to[x*gradChannels] = dy[from]
				from += place.step
			}
		}
	}
	for s := range k.wide {
		k.leaf.spreadSquares(lattice{half, squareSize * gradChannels, gradChannels},
			lattice{band[s*squareSize*gradChannels:], pitch * gradChannels, gradChannels}, squareSize)
		k.leaf.spreadSquares(lattice{patch, gradChannels, patchSize * gradChannels}, lattice{half, gradChannels, squareSize * gradChannels}, patchSize)
		k.pack(dys, patch, block, at+s, deep, plane)
	}
	if at+k.wide == squares {
		clear(patch)
		for s := squares; s < deep; s++ {
			k.pack(dys, patch, block, s, deep, plane)
		}
	}
}

// pack writes the frequencies of a square in a block of rows to their places.
func (k *kernelGrad) pack(dys, patch []float32, block, square, deep, plane int) {
	first := square / sliceDepth * sliceDepth
	slice, panel := min(sliceDepth, deep-first), block*gradChannels/panelRows
	for i := range min(gradChannels/panelRows, k.panels()-panel) {
		to := dys[(first*k.panels()+(panel+i)*slice+square-first)*panelRows:]
		for f := range frequencies {
			*(*[panelRows]float32)(to[f*plane:]) = *(*[panelRows]float32)(patch[f*gradChannels+i*panelRows:])
		}
	}
}

// finish turns the sums of a panel of rows into kernels.
func (k *kernelGrad) finish(sums, scratch []float32, panel, plane int) (kernels []float32) {
	const half, scale = patchSize * 3 * gradChannels, 1. / (24 * 24)
	between, scratch := cut(scratch, half)
	weights, scratch := cut(scratch, kernelSize*gradChannels)
	channels := k.gather.channels
	kernels = scratch[:panelRows*channels*kernelSize]
	for block := range k.blocks() {
		for i := range panelRows {
			at := (panel*k.blocks()+block)*len(microTile{}) + i*gradChannels
			k.leaf.gatherKernels(lattice{between, patchSize * gradChannels, gradChannels}, lattice{sums[at:], patchSize * plane, plane}, patchSize)
			k.leaf.gatherKernels(lattice{weights, gradChannels, 3 * gradChannels}, lattice{between, gradChannels, patchSize * gradChannels}, 3)
			for c := range min(gradChannels, channels-block*gradChannels) {
				to := (*[kernelSize]float32)(kernels[(i*channels+block*gradChannels+c)*kernelSize:])
				for e := range to {
					to[e] = scale * weights[e*gradChannels+c]
				}
			}
		}
	}
	return kernels
}
