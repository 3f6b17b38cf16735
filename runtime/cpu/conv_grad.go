package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// Extents of the product that gives the gradient of a convolution's weights: dy [O, P] times what the taps read, [I·K·K, P], where P runs over
// all pixels of the output, of all samples. Both factors lie along P in memory, so the sums of a tile run in parallel over eight lanes of
// pixels, which are added up at the end.
const (
	corrRows    = 4   // output channels of a tile
	corrColumns = 2   // taps of a tile
	corrLanes   = 8   // pixels that are summed apart
	corrStep    = 4   // correlate takes so many times corrLanes pixels at a time
	corrPixels  = 256 // of a block, a multiple of corrStep·corrLanes: the taps of a block stay in the second-level cache
	corrTaps    = 144 // the most taps of a piece of work
)

// corrTile holds the sums of a tile, [corrRows][corrColumns][corrLanes].
type corrTile = [corrRows * corrColumns * corrLanes]float32

// convGradWeight adds the step of a ConvGradWeight. A piece of work is some taps, for all output channels and pixels: the order of the sums,
// and with it every bit of the result, does not depend on how many workers there are.
func (p *program) convGradWeight(n *graph.Node) {
	x, dy := n.Inputs[0].Shape, n.Inputs[1].Shape
	g := newTapGather(n)
	taps := g.depth()
	const perWorker = 4
	piece := min(roundUp(max(taps/(perWorker*len(p.owner.pool.workers)), 1), 2*corrColumns), corrTaps, roundUp(taps, corrColumns))
	c := &correlation{leaf: p.owner.leaf, gather: g, rows: n.Shape[0], piece: piece, kernel: n.Shape[1:].Elems()}
	p.add((taps+piece-1)/piece, c.scratch(), func(t int, w *worker) {
		first := t * piece
		c.run(p.mem[n.ID], p.mem[n.Inputs[0].ID], p.mem[n.Inputs[1].ID], x[1:].Elems(), dy[0], first, min(first+piece, taps), w.scratch)
	})
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

// correlation is a planned ConvGradWeight.
type correlation struct {
	leaf   *leaf
	gather *gather
	rows   int // output channels
	piece  int // the most taps of a run
	kernel int // weights of an output channel
}

// scratch is the memory that run needs: sums, the taps of a block, a panel of output channels and a line of input.
func (c *correlation) scratch() int {
	columns := roundUp(c.piece, corrColumns)
	return roundUp(c.rows, corrRows)*columns*corrLanes + (columns+corrRows)*corrPixels + c.gather.lineSize()
}

// run computes taps [first, end) of dw for all output channels, from samples x and dy.
func (c *correlation) run(dw, x, dy []float32, inputs, samples, first, end int, scratch []float32) {
	panels, pairs := roundUp(c.rows, corrRows)/corrRows, roundUp(end-first, corrColumns)/corrColumns
	sums, scratch := cut(scratch, panels*pairs*len(corrTile{}))
	taps, scratch := cut(scratch, pairs*corrColumns*corrPixels)
	panel, line := cut(scratch, corrRows*corrPixels)
	clear(sums)
	pixels := c.gather.pixels()
	for s := range samples {
		for p := 0; p < pixels; p += corrPixels {
			q := min(p+corrPixels, pixels)
			size := roundUp(q-p, corrStep*corrLanes) // of the block, filled up with zeros
			c.gather.taps(taps, line, x[s*inputs:][:inputs], first, end, p, q, size)
			at := sums
			for o := 0; o < c.rows; o += corrRows {
				for r := range corrRows {
					var row []float32
					if o+r < c.rows {
						row = dy[(s*c.rows+o+r)*pixels+p:][:q-p]
					}
					interleave(panel, row, r, corrRows, size)
				}
				for j := range pairs {
					c.leaf.correlate((*corrTile)(at), panel[:corrRows*size], taps[j*corrColumns*size:][:corrColumns*size])
					at = at[len(corrTile{}):]
				}
			}
		}
	}
	for o := range c.rows {
		for k := first; k < end; k++ {
			tile := (*corrTile)(sums[(o/corrRows*pairs+(k-first)/corrColumns)*len(corrTile{}):])
			t := (*[corrLanes]float32)(tile[(o%corrRows*corrColumns+(k-first)%corrColumns)*corrLanes:])
			dw[o*c.kernel+k] = ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]))
		}
	}
}

// interleave writes row to member i of count in dst, [size/corrLanes][count][corrLanes], with zeros behind it.
func interleave(dst, row []float32, i, count, size int) {
	at := i * corrLanes
	for done := 0; done < size; done += corrLanes {
		to := (*[corrLanes]float32)(dst[at:])
		if done+corrLanes <= len(row) {
			*to = *(*[corrLanes]float32)(row[done:])
		} else {
			clear(to[:])
			copy(to[:], row[min(done, len(row)):])
		}
		at += count * corrLanes
	}
}

// taps fills dst with what taps [k0, k1) read for pixels [first, end), in groups of corrColumns taps, [size/corrLanes][corrColumns][corrLanes]
// each. line is room for one line of padded input.
func (g *gather) taps(dst, line, x []float32, k0, k1, first, end, size int) {
	perChannel := g.kernel * g.kernel
	for k := k0; k < k1; {
		channel, ky, kx := k/perChannel, k/g.kernel%g.kernel, k%g.kernel
		count := min(g.kernel-kx, k1-k) // of kernel columns that share a line
		plane := x[channel*g.height*g.width:][:g.height*g.width]
		for p := first; p < end; {
			oy, ox := p/g.outWidth, p%g.outWidth
			run := min(g.outWidth-ox, end-p)
			segment := line[:(run-1)*g.stride+count]
			if row := g.rows[oy*g.stride+ky]; row >= 0 {
				g.read(segment, plane[int(row)*g.width:][:g.width], ox*g.stride+kx)
			} else {
				clear(segment)
			}
			for i := range count {
				to := k - k0 + i
				scatterLanes(dst[to/corrColumns*corrColumns*size+to%corrColumns*corrLanes:], segment[i:], p-first, run, g.stride)
			}
			p += run
		}
		for i := range count {
			to := k - k0 + i
			clearLanes(dst[to/corrColumns*corrColumns*size+to%corrColumns*corrLanes:], end-first, size)
		}
		k += count
	}
}

// scatterLanes writes every stride-th element of line to positions [p, p+run) of a tap, of which corrLanes lie together.
func scatterLanes(dst, line []float32, p, run, stride int) {
	for run > 0 {
		lane := p % corrLanes
		n := min(corrLanes-lane, run)
		at := p/corrLanes*corrColumns*corrLanes + lane
		switch {
		case stride > 1:
			to := dst[at:][:n]
			for i := range to {
				to[i] = line[i*stride]
			}
		case n == corrLanes:
			*(*[corrLanes]float32)(dst[at:]) = *(*[corrLanes]float32)(line)
		default:
			copy(dst[at:at+n], line)
		}
		p, run = p+n, run-n
		line = line[min(n*stride, len(line)):]
	}
}

// clearLanes zeroes positions [p, end) of a tap.
func clearLanes(dst []float32, p, end int) {
	for ; p < end; p++ {
		dst[p/corrLanes*corrColumns*corrLanes+p%corrLanes] = 0
	}
}

// correlatePlain computes one row and tap after the other, lane by lane.
func correlatePlain(t *corrTile, rows, taps []float32) {
	for r := range corrRows {
		for c := range corrColumns {
			sums := (*[corrLanes]float32)(t[(r*corrColumns+c)*corrLanes:])
			s0, s1, s2, s3, s4, s5, s6, s7 := sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]
			a, b := rows[r*corrLanes:], taps[c*corrLanes:]
			for {
				v, x := (*[corrLanes]float32)(a), (*[corrLanes]float32)(b)
				s0 += v[0] * x[0]
				s1 += v[1] * x[1]
				s2 += v[2] * x[2]
				s3 += v[3] * x[3]
				s4 += v[4] * x[4]
				s5 += v[5] * x[5]
				s6 += v[6] * x[6]
				s7 += v[7] * x[7]
				if len(a) <= corrRows*corrLanes {
					break
				}
				a, b = a[corrRows*corrLanes:], b[corrColumns*corrLanes:]
			}
			*sums = [corrLanes]float32{s0, s1, s2, s3, s4, s5, s6, s7}
		}
	}
}
