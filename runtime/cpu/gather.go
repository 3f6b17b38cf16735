package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
)

// gather collects what a convolution reads: for kernel position and pixel of the output, an element of the input, through padding, stride
// and the fused ×2 upsampling. Rows and columns are looked up in tables, so that all of these cost the same.
type gather struct {
	channels, kernel, stride int
	height, width            int // of the input
	outWidth, outHeight      int
	rows, columns            []int32 // by position in the padded input: the input's row or column, or -1 for zero
	plain                    [2]int  // the positions along a row between which columns count up by one
	doubled                  [2]int  // those between which upsampling repeats each column twice, the first even
}

func newGather(n *graph.Node) *gather {
	x := n.Inputs[0].Shape
	g := &gather{channels: x[1], kernel: n.Inputs[1].Shape[2], stride: n.Stride, height: x[2], width: x[3], outHeight: n.Shape[2], outWidth: n.Shape[3]}
	g.rows = sources(x[2], n)
	g.columns = sources(x[3], n)
	if n.Upsample {
		g.doubled = [2]int{n.Pad, n.Pad + 2*x[3]}
	} else {
		g.plain = [2]int{n.Pad, n.Pad + x[3]}
	}
	return g
}

// sources tabulates where positions along one axis of the padded input come from.
func sources(size int, n *graph.Node) []int32 {
	shift := 0
	if n.Upsample {
		shift = 1
	}
	table := make([]int32, size<<shift+2*n.Pad)
	for i := range table {
		table[i] = int32(n.PadMode.Source(i-n.Pad, size<<shift) >> shift) // −1 stays −1
	}
	return table
}

// newPhaseGather is the gather of the outputs in rows × cols of an upsampling convolution, which see the small image through a 3×3 kernel.
func newPhaseGather(n *graph.Node, rows, cols phase.Line) *gather {
	x := n.Inputs[0].Shape
	return &gather{channels: x[1], kernel: phase.Taps, stride: 1, height: x[2], width: x[3], outHeight: rows.Count, outWidth: cols.Count,
		rows: phaseSources(x[2], rows, n.PadMode), columns: phaseSources(x[3], cols, n.PadMode),
		plain: [2]int{1 - cols.Center, 1 - cols.Center + x[3]}}
}

// phaseSources tabulates where positions along one axis come from that outputs of l see.
func phaseSources(size int, l phase.Line, mode graph.PadMode) []int32 {
	if mode == graph.PadReflect {
		mode = graph.PadReplicate // a source outside the image has no weight there, or stands for the nearest one
	}
	table := make([]int32, l.Count+phase.Taps-1)
	for i := range table {
		table[i] = int32(mode.Source(l.Center-1+i, size))
	}
	return table
}

func (g *gather) depth() int    { return g.channels * g.kernel * g.kernel }
func (g *gather) pixels() int   { return g.outHeight * g.outWidth }
func (g *gather) lineSize() int { return len(g.columns) }

// sliceScratch is the memory that slice needs: a line of padded input, and the parts into which a stride splits it.
func (g *gather) sliceScratch() int {
	return len(g.columns) + g.stride*divideUp(len(g.columns), g.stride)
}

// slice fills dst with panels [K][panelPixels] of pixels [first, end) for K in [k0, k1).
func (g *gather) slice(dst, scratch, x []float32, k0, k1, first, end int) {
	deep := roundUp(k1-k0, depthStep)
	perChannel := g.kernel * g.kernel
	line, parts := cut(scratch, len(g.columns))
	for k := k0; k < k1; {
		channel, ky, kx := k/perChannel, k/g.kernel%g.kernel, k%g.kernel
		count := min(g.kernel-kx, k1-k) // of kernel columns that share a line
		plane := x[channel*g.height*g.width:][:g.height*g.width]
		for p := first; p < end; {
			oy, ox := p/g.outWidth, p%g.outWidth
			run := min(g.outWidth-ox, end-p)
			from := ox*g.stride + kx
			segment := line[:(run-1)*g.stride+count]
			if row := g.rows[oy*g.stride+ky]; row >= 0 {
				g.read(segment, plane[int(row)*g.width:][:g.width], from)
			} else {
				clear(segment)
			}
			part := divideUp(len(segment), g.stride)
			if g.stride > 1 {
				split(parts, segment, g.stride)
				segment = parts
			}
			for i := range count { // kernel columns that are a stride apart see the same part, shifted
				scatter(dst, segment[i%g.stride*part+i/g.stride:][:run], k-k0+i, deep, p-first)
			}
			p += run
		}
		k += count
	}
	for k := k1 - k0; k < deep; k++ {
		for j := 0; j < end-first; j += panelPixels {
			clear(dst[(j/panelPixels*deep+k)*panelPixels:][:panelPixels])
		}
	}
}

// split collects the elements of line that are so far apart: first all that are a stride or more after the first, then after the second.
func split(parts, line []float32, stride int) {
	for first := range stride {
		n := 0
		for i := first; i < len(line); i += stride {
			parts[n] = line[i]
			n++
		}
		parts = parts[divideUp(len(line), stride):]
	}
}

// scatter writes line to row k of the panels, from pixel p of the block on.
func scatter(dst, line []float32, k, deep, p int) {
	const width = panelPixels
	for len(line) > 0 {
		lane := p % width
		n := min(width-lane, len(line))
		at := (p/width*deep+k)*width + lane
		if n < width {
			copy(dst[at:at+n], line)
		} else {
			n = len(line) - len(line)%width
			for i := 0; i < n; i += width {
				*(*[width]float32)(dst[at:]) = *(*[width]float32)(line[i:])
				at += deep * width
			}
		}
		p, line = p+n, line[n:]
	}
}

// read writes the padded input's positions [from, from+len(dst)) of one row to dst.
func (g *gather) read(dst, row []float32, from int) {
	to := from + len(dst)
	i := g.lookUp(dst, row, from, from, min(to, max(from, g.plain[0], g.doubled[0])))
	if end := min(to, g.plain[1]); i < end {
		copy(dst[i-from:end-from], row[i-g.plain[0]:])
		i = end
	}
	if end := min(to, g.doubled[1]); i < end {
		if (i-g.doubled[0])%2 == 1 {
			i = g.lookUp(dst, row, from, i, i+1)
		}
		for _, v := range row[(i-g.doubled[0])/2 : (max(i, end)-g.doubled[0])/2] {
			dst[i-from], dst[i-from+1] = v, v
			i += 2
		}
	}
	g.lookUp(dst, row, from, i, to)
}

// lookUp reads positions [i, end) one by one, and returns end.
func (g *gather) lookUp(dst, row []float32, from, i, end int) int {
	for ; i < end; i++ {
		if c := g.columns[i]; c >= 0 {
			dst[i-from] = row[c]
		} else {
			dst[i-from] = 0
		}
	}
	return i
}
