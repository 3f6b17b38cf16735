//go:build !js

package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// correlation is the plan of a product of rows, made of dy, with the taps of channels of x.
type correlation struct {
	leaf          *leaf
	rows          []placement // where in a sample of dy each begins
	height, width int         // of the image that a row is
	piece         int         // the most channels of a run
	pitch         int         // the length of a line, of rows as of planes
	planes        int         // the length of a channel's padded planes
	size          int         // pixels of a row, with those between its lines, in whole steps
	shifts        []int       // by tap of a channel: from where on it reads the channel's planes
	line          int         // the memory that pad needs
	// pad fills planes with a channel of a sample x, padded.
	pad func(planes, line, x []float32, channel int)
}

// convGradWeight adds the steps of a ConvGradWeight. A piece of work is some channels of x, for all of dy: the order of the sums, and with it
// every bit of the result, does not depend on how many workers there are.
func (p *program) convGradWeight(n *graph.Node) {
	if fitsPhaseGrad(n) {
		p.phaseGradWeight(n)
		return
	}
	x, dy := n.Inputs[0], n.Inputs[1]
	g := newTapGather(n)
	if fitsKernelGrad(g, dy.Shape[1]) {
		size := n.Shape[1:].Elems()
		p.kernelGrad(x, dy, g, planesOf(dy.Shape), func(panel int, kernels []float32) { copy(p.mem[n.ID][panel*panelRows*size:], kernels) })
		return
	}
	c := p.correlation(g, planesOf(dy.Shape))
	taps := len(c.shifts)
	p.add(divideUp(x.Shape[1], c.piece), c.scratch(), func(t int, w *worker) {
		first := t * c.piece
		channels := min(c.piece, x.Shape[1]-first)
		totals := c.run(p.mem[x.ID], p.mem[dy.ID], x.Shape[0], first, channels, w.scratch)
		for o := range c.rows {
			copy(p.mem[n.ID][(o*x.Shape[1]+first)*taps:], totals[o*channels*taps:][:channels*taps])
		}
	})
}

// planesOf places the channels of an image [N, C, H, W] in a sample.
func planesOf(s graph.Shape) []placement {
	rows := make([]placement, s[1])
	for c := range rows {
		rows[c] = placement{c * s[2] * s[3], s[3], 1}
	}
	return rows
}

// newTapGather collects what the taps of a ConvGradWeight's convolution read.
func newTapGather(n *graph.Node) *gather {
	x, dy := n.Inputs[0].Shape, n.Inputs[1].Shape
	g := &gather{channels: x[1], kernel: n.Shape[2], stride: n.Stride, height: x[2], width: x[3], outHeight: dy[2], outWidth: dy[3],
		rows: sources(x[2], n), columns: sources(x[3], n)}
	if n.Upsample {
		g.doubled = [2]int{n.Pad, n.Pad + 2*x[3]}
	} else {
		g.plain = [2]int{n.Pad, n.Pad + x[3]}
	}
	return g
}

// correlation plans the product of rows with what g gathers. Positions of the padded input whose row or column has the same residue to the
// stride lie together, in a plane of their own.
func (p *program) correlation(g *gather, rows []placement) *correlation {
	beyond := (g.kernel - 1) / g.stride
	c := &correlation{leaf: p.owner.leaf, rows: rows, height: g.outHeight, width: g.outWidth, pitch: g.outWidth + beyond, line: g.lineSize()}
	plane := (g.outHeight + beyond) * c.pitch
	c.planes = g.stride * g.stride * plane
	for ky := range g.kernel {
		for kx := range g.kernel {
			c.shifts = append(c.shifts, (ky%g.stride*g.stride+kx%g.stride)*plane+ky/g.stride*c.pitch+kx/g.stride)
		}
	}
	c.pad = func(planes, line, x []float32, channel int) { g.pad(planes, line, x, channel, 0, plane, c.pitch) }
	return c.plan(g.channels, len(p.owner.pool.workers))
}

// plan completes c for so many channels and workers.
func (c *correlation) plan(channels, workers int) *correlation {
	const perWorker = 2
	c.size = roundUp((c.height-1)*c.pitch+c.width, corrStep*corrLanes)
	c.piece = max(1, min(divideUp(channels, perWorker*workers), corrTaps/len(c.shifts)))
	return c
}

// pairs counts the pairs of taps of a run.
func (c *correlation) pairs(channels int) int { return divideUp(channels*len(c.shifts), corrColumns) }

// scratch is the memory that run needs: totals, sums, padded planes with what the last tap reads behind them, a panel of rows and a line.
func (c *correlation) scratch() int {
	return len(c.rows)*c.piece*len(c.shifts) + divideUp(len(c.rows), corrRows)*c.pairs(c.piece)*len(corrTile{}) +
		c.piece*c.planes + c.size + corrRows*c.size + c.line
}

// run computes totals [row][channel][tap] for channels [first, first+channels), from so many samples of x and dy.
func (c *correlation) run(x, dy []float32, samples, first, channels int, scratch []float32) (totals []float32) {
	panels, pairs, taps := divideUp(len(c.rows), corrRows), c.pairs(channels), len(c.shifts)
	totals, scratch = cut(scratch, len(c.rows)*channels*taps)
	sums, scratch := cut(scratch, panels*pairs*len(corrTile{}))
	planes, scratch := cut(scratch, channels*c.planes+c.size)
	panel, line := cut(scratch, corrRows*c.size)
	clear(sums)
	clear(planes[channels*c.planes:])
	inputs, outputs := len(x)/samples, len(dy)/samples
	shift := func(tap int) int {
		tap = min(tap, channels*taps-1) // what is odd is computed twice
		return tap/taps*c.planes + c.shifts[tap%taps]
	}
	for s := range samples {
		for i := range channels {
			c.pad(planes[i*c.planes:][:c.planes], line, x[s*inputs:][:inputs], first+i)
		}
		at := sums
		for o := 0; o < len(c.rows); o += corrRows {
			for r, place := range c.rows[o:min(o+corrRows, len(c.rows))] { // nobody reads the sums of what the last panel lacks
				c.interleave(panel[r*corrLanes:], dy[s*outputs:][:outputs], place)
			}
			for q := 0; q < c.size; q += corrPixels {
				size := min(corrPixels, c.size-q)
				rows := panel[q*corrRows:][:size*corrRows]
				for j := range pairs {
					a, b := shift(j*corrColumns)+q, shift(j*corrColumns+1)+q
					c.leaf.correlate((*corrTile)(at[j*len(corrTile{}):]), rows, planes[a:a+size], planes[b:b+size])
				}
			}
			at = at[pairs*len(corrTile{}):]
		}
	}
	for o := range c.rows {
		for k := range channels * taps {
			tile := (*corrTile)(sums[(o/corrRows*pairs+k/corrColumns)*len(corrTile{}):])
			t := (*[corrLanes]float32)(tile[(o%corrRows*corrColumns+k%corrColumns)*corrLanes:])
			totals[o*channels*taps+k] = ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]))
		}
	}
	return totals
}

// interleave writes a row to its place in a panel, [size/corrLanes][corrRows][corrLanes], with zeros between its lines and behind it.
func (c *correlation) interleave(panel, dy []float32, place placement) {
	oy, ox := 0, 0
	for q := 0; q < c.size; q += corrLanes {
		to := (*[corrLanes]float32)(panel[q*corrRows:])
		if oy < c.height && ox+corrLanes <= c.width && place.step == 1 {
			*to = *(*[corrLanes]float32)(dy[place.first+oy*place.rowStep+ox:])
		} else {
			y, x := oy, ox
			for i := range to {
				to[i] = 0
				if y < c.height && x < c.width {
					to[i] = dy[place.first+y*place.rowStep+x*place.step]
				}
				if x++; x == c.pitch {
					y, x = y+1, 0
				}
			}
		}
		for ox += corrLanes; ox >= c.pitch; ox -= c.pitch {
			oy++
		}
	}
}
