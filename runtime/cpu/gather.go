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
	for k := k1 - k0; k < deep; k++ {
		for j := 0; j < end-first; j += panelPixels {
			clear(dst[(j/panelPixels*deep+k)*panelPixels:][:panelPixels])
		}
	}
	if g.outWidth < shortLine {
		g.slicePixels(dst, x, k0, k1, first, end)
		return
	}
	perChannel, stride := g.kernel*g.kernel, uint(g.stride) // unsigned, because WebAssembly divides signed numbers by a call
	line, parts := cut(scratch, len(g.columns))
	for k := k0; k < k1; {
		channel, ky, kx := k/perChannel, k/g.kernel%g.kernel, k%g.kernel
		count := min(g.kernel-kx, k1-k) // of kernel columns that share a line
		plane := x[channel*g.height*g.width:][:g.height*g.width]
		oy, ox := first/g.outWidth, first%g.outWidth
		for p := first; p < end; oy, ox = oy+1, 0 {
			run := min(g.outWidth-ox, end-p)
			from := ox*g.stride + kx
			segment := line[:(run-1)*g.stride+count]
			if row := g.rows[oy*g.stride+ky]; row >= 0 {
				g.read(segment, plane[int(row)*g.width:][:g.width], from)
			} else {
				clear(segment)
			}
			part := divideUp(len(segment), g.stride)
			if stride > 1 {
				split(parts, segment, g.stride)
				segment = parts
			}
			for i := range uint(count) { // kernel columns that are a stride apart see the same part, shifted
				scatter(dst[(k-k0+int(i))*panelPixels:], segment[int(i%stride)*part+int(i/stride):][:run], deep*panelPixels, uint(p-first))
			}
			p += run
		}
		k += count
	}
}

// shortLine is how many pixels a line of the output needs for it to pay to read them together. The outermost columns of an upsampled image have one.
const shortLine = 4

// slicePixels is slice, one pixel after the other.
func (g *gather) slicePixels(dst, x []float32, k0, k1, first, end int) {
	pitch, size := roundUp(k1-k0, depthStep)*panelPixels, g.height*g.width
	channel, ky, kx := k0/(g.kernel*g.kernel), k0/g.kernel%g.kernel, k0%g.kernel
	for k := range k1 - k0 {
		plane, rows, columns := x[channel*size:][:size], g.rows[ky:], g.columns[kx:]
		oy, ox := first/g.outWidth*g.stride, first%g.outWidth*g.stride
		for p := first; p < end; p += panelPixels {
			to := (*row)(dst[(p-first)/panelPixels*pitch+k*panelPixels:])
			for lane := range min(panelPixels, end-p) {
				v := float32(0)
				if r, c := int(rows[oy]), int(columns[ox]); r >= 0 && c >= 0 {
					v = plane[r*g.width+c]
				}
				to[lane] = v
				if ox += g.stride; ox == g.outWidth*g.stride {
					oy, ox = oy+g.stride, 0
				}
			}
		}
		if kx++; kx == g.kernel {
			ky, kx = ky+1, 0
			if ky == g.kernel {
				channel, ky = channel+1, 0
			}
		}
	}
}

// split collects the elements of line that are so far apart: first all that are a stride or more after the first, then after the second.
func split(parts, line []float32, stride int) {
	size := divideUp(len(line), stride)
	for first := range stride {
		part := parts[first*size:][:size]
		for i, at := 0, first; i < len(part) && at < len(line); i, at = i+1, at+stride {
			part[i] = line[at]
		}
	}
}

// scatter writes line to rows of dst that lie pitch apart, from pixel p on.
func scatter(dst, line []float32, pitch int, p uint) {
	dst = dst[int(p/panelPixels)*pitch:]
	if lane := int(p % panelPixels); lane > 0 {
		n := min(panelPixels-lane, len(line))
		move(dst[lane:][:n], line[:n])
		if line = line[n:]; len(line) > 0 {
			dst = dst[pitch:]
		}
	}
	for ; len(line) >= panelPixels; line = line[panelPixels:] {
		moveRow((*row)(dst), (*row)(line))
		dst = dst[min(pitch, len(dst)):]
	}
	if len(line) > 0 {
		move(dst[:len(line)], line)
	}
}

// read writes the padded input's positions [from, from+len(dst)) of one row to dst.
func (g *gather) read(dst, row []float32, from int) {
	to := from + len(dst)
	i := g.lookUp(dst, row, from, from, min(to, max(from, g.plain[0], g.doubled[0])))
	if end := min(to, g.plain[1]); i < end {
		move(dst[i-from:end-from], row[i-g.plain[0]:][:end-i])
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
