package cpu

import (
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// referenceGradient adds the step of an op that differentiation needs, as its definition reads.
func (p *program) referenceGradient(n *graph.Node, each func(f func(i int, a, b []float32) float64)) error {
	var x graph.Shape
	if len(n.Inputs) > 0 {
		x = n.Inputs[0].Shape
	}
	switch n.Op {
	case graph.OpConstant:
		each(func(int, []float32, []float32) float64 { return float64(n.Factor) })
	case graph.OpReduceSum:
		outer, inner := around(x, n.Axes)
		kept := n.Shape.Elems()
		each(func(i int, a, _ []float32) float64 {
			sum := 0.0
			for o := range outer {
				for _, v := range a[(o*kept+i)*inner:][:inner] {
					sum += float64(v)
				}
			}
			return sum
		})
	case graph.OpExpand:
		_, inner := around(n.Shape, n.Axes)
		each(func(i int, a, _ []float32) float64 { return float64(a[i/inner%len(a)]) })
	case graph.OpTranspose:
		rows, columns := n.Shape[0], n.Shape[1]
		each(func(i int, a, _ []float32) float64 { return float64(a[i%columns*rows+i/columns]) })
	case graph.OpPad:
		each(func(i int, a, _ []float32) float64 {
			row, column := i/n.Shape[1], i%n.Shape[1]-n.Start
			if column < 0 || column >= x[1] {
				return 0
			}
			return float64(a[row*x[1]+column])
		})
	case graph.OpActivationGrad:
		each(func(i int, at, dy []float32) float64 { return slope(n.Of, float64(at[i])) * float64(dy[i]) })
	case graph.OpFlipKernels:
		outputs, inputs, k, taps := x[0], x[1], x[2], n.Shape[2]
		each(func(i int, w, _ []float32) float64 {
			residue, c, o := i/(taps*taps*outputs*inputs), i/(taps*taps*outputs)%inputs, i/(taps*taps)%outputs
			ky := residue/n.Stride + n.Stride*(taps-1-i/taps%taps)
			kx := residue%n.Stride + n.Stride*(taps-1-i%taps)
			if ky >= k || kx >= k {
				return 0
			}
			return float64(w[((o*inputs+c)*k+ky)*k+kx])
		})
	case graph.OpFoldPadding:
		p.add(n.Shape[:2].Elems(), 0, func(t int, _ *worker) { p.referenceFoldPadding(n, t) })
	case graph.OpConvGradWeight:
		p.add(n.Shape[:2].Elems(), 0, func(t int, _ *worker) { p.referenceConvGradWeight(n, t) })
	case graph.OpInstanceNormGrad:
		p.add(n.Shape[:2].Elems(), 0, func(t int, _ *worker) { p.referenceNormGrad(n, t, n.Shape[2:].Elems()) })
	case graph.OpLayerNormGrad:
		p.add(n.Shape[0], 0, func(t int, _ *worker) { p.referenceNormGrad(n, t, n.Shape[1:].Elems()) })
	case graph.OpAveragePoolGrad:
		h, w, outH, outW := n.Shape[2], n.Shape[3], x[2], x[3]
		each(func(i int, dy, _ []float32) float64 {
			column, row, plane := i%w, i/w%h, dy[i/(h*w)*outH*outW:][:outH*outW]
			sum := 0.0
			// Only these windows reach the pixel: to ask all of them would take a second for a picture of 256².
			for oy := max(0, (row+n.Pad-n.Kernel+n.Stride)/n.Stride); oy <= min(outH-1, (row+n.Pad)/n.Stride); oy++ {
				for ox := max(0, (column+n.Pad-n.Kernel+n.Stride)/n.Stride); ox <= min(outW-1, (column+n.Pad)/n.Stride); ox++ {
					top, left := oy*n.Stride-n.Pad, ox*n.Stride-n.Pad
					high, wide := min(top+n.Kernel, h)-max(top, 0), min(left+n.Kernel, w)-max(left, 0)
					sum += float64(plane[oy*outW+ox]) / float64(high*wide)
				}
			}
			return sum
		})
	default:
		return fmt.Errorf("the CPU reference has no op %v", n.Op)
	}
	return nil
}

// around is how many elements of a shape lie outside and inside its axes [axes[0], axes[1]).
func around(s graph.Shape, axes [2]int) (outer, inner int) {
	return s[:axes[0]].Elems(), s[axes[1]:].Elems()
}

// slope is the derivative of an activation at its result y, of ActAbs at its argument.
func slope(a graph.Activation, y float64) float64 {
	switch a {
	case graph.ActRelu:
		if y > 0 {
			return 1
		}
		return 0
	case graph.ActLeakyRelu:
		if y > 0 {
			return 1
		}
		return graph.LeakySlope
	case graph.ActSelu:
		if y > 0 {
			return graph.SeluScale
		}
		return y + graph.SeluScale*graph.SeluAlpha
	case graph.ActTanh:
		return 1 - y*y
	case graph.ActSoftplus:
		return -math.Expm1(-y)
	case graph.ActAbs:
		switch {
		case y > 0:
			return 1
		case y < 0:
			return -1
		}
		return 0
	}
	return 1
}

// referenceFoldPadding computes plane t of a FoldPadding, counted over samples and channels: each position of the padded input gives its share
// to the pixel that it shows.
func (p *program) referenceFoldPadding(n *graph.Node, t int) {
	xShape, h, w, stride := n.Inputs[0].Shape, n.Shape[2], n.Shape[3], n.Stride
	sample, c, area := t/n.Shape[1], t%n.Shape[1], xShape[2]*xShape[3]
	x, sums := p.mem[n.Inputs[0].ID][sample*xShape[1]*area:][:xShape[1]*area], make([]float64, h*w)
	for row := range min(h+2*n.Pad, stride*xShape[2]) {
		for column := range min(w+2*n.Pad, stride*xShape[3]) {
			sy, sx := source(row-n.Pad, h, n.PadMode), source(column-n.Pad, w, n.PadMode)
			if sy >= 0 && sx >= 0 {
				plane := (row%stride*stride+column%stride)*n.Shape[1] + c
				sums[sy*w+sx] += float64(x[plane*area+row/stride*xShape[3]+column/stride])
			}
		}
	}
	for i, v := range sums {
		p.mem[n.ID][t*h*w+i] = float32(v)
	}
}

// referenceConvGradWeight computes kernel t of the gradient of a Conv's weights, counted over output and input channels.
func (p *program) referenceConvGradWeight(n *graph.Node, t int) {
	xShape, dyShape := n.Inputs[0].Shape, n.Inputs[1].Shape
	x, dy := p.mem[n.Inputs[0].ID], p.mem[n.Inputs[1].ID]
	o, c, k := t/n.Shape[1], t%n.Shape[1], n.Shape[2]
	h, width, zoom := xShape[2], xShape[3], 1
	if n.Upsample {
		h, width, zoom = 2*h, 2*width, 2
	}
	for ky := range k {
		for kx := range k {
			sum := 0.0
			for sample := range dyShape[0] {
				for row := range dyShape[2] {
					for column := range dyShape[3] {
						sy, sx := source(row*n.Stride-n.Pad+ky, h, n.PadMode), source(column*n.Stride-n.Pad+kx, width, n.PadMode)
						if sy >= 0 && sx >= 0 {
							sum += float64(x[((sample*xShape[1]+c)*xShape[2]+sy/zoom)*xShape[3]+sx/zoom]) *
								float64(dy[((sample*dyShape[1]+o)*dyShape[2]+row)*dyShape[3]+column])
						}
					}
				}
			}
			p.mem[n.ID][(t*k+ky)*k+kx] = float32(sum)
		}
	}
}

// referenceNormGrad differentiates the norm of instance t, size elements. With g = 1/deviation and d = x − mean, the result is d·g, and of a
// change of x there reaches the result g·(change − its mean) less d times what the deviation takes.
func (p *program) referenceNormGrad(n *graph.Node, t, size int) {
	x, dy, dx := p.mem[n.Inputs[0].ID][t*size:][:size], p.mem[n.Inputs[1].ID][t*size:][:size], p.mem[n.ID][t*size:][:size]
	m, gain, curve := normTerms(n, x)
	sum, product := 0.0, 0.0
	for i, v := range dy {
		sum += float64(v)
		product += float64(v) * (float64(x[i]) - m)
	}
	for i, v := range dy {
		dx[i] = float32(gain*(float64(v)-sum/float64(size)) - curve*product*(float64(x[i])-m))
	}
}

// normTerms are the mean of x, the gain of norm gradient n there, and −gain's derivative with respect to an element, over its distance from
// the mean.
func normTerms(n *graph.Node, x []float32) (m, gain, curve float64) {
	if n.Op == graph.OpInstanceNormGrad {
		m, variance := moments(x, 0)
		gain = 1 / math.Sqrt(variance+float64(n.Eps))
		return m, gain, gain * gain * gain / float64(len(x))
	}
	m, variance := moments(x, 1)
	deviation := math.Sqrt(variance)
	gain = 1 / (deviation + float64(n.Eps))
	if deviation == 0 { // of one element, or of equal ones: then the distances are 0
		return m, gain, 0
	}
	return m, gain, gain * gain / (deviation * float64(len(x)-1))
}
