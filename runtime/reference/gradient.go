package reference

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// gradientElement is Element of the ops that differentiation needs.
func gradientElement[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	var x graph.Shape
	if len(n.Inputs) > 0 {
		x = n.Inputs[0].Shape
	}
	switch n.Op {
	case graph.OpConstant:
		return func(int) float64 { return float64(n.Factor) }
	case graph.OpReduceSum:
		outer, inner := Around(x, n.Axes)
		kept := n.Shape.Elems()
		return func(i int) float64 {
			sum := 0.0
			for o := range outer {
				for _, v := range in(0)[(o*kept+i)*inner:][:inner] {
					sum += float64(v)
				}
			}
			return sum
		}
	case graph.OpExpand:
		_, inner := Around(n.Shape, n.Axes)
		return func(i int) float64 { return float64(in(0)[i/inner%n.Inputs[0].Shape.Elems()]) }
	case graph.OpTranspose:
		rows, columns := n.Shape[0], n.Shape[1]
		return func(i int) float64 { return float64(in(0)[i%columns*rows+i/columns]) }
	case graph.OpPad:
		return func(i int) float64 {
			row, column := i/n.Shape[1], i%n.Shape[1]-n.Start
			if column < 0 || column >= x[1] {
				return 0
			}
			return float64(in(0)[row*x[1]+column])
		}
	case graph.OpActivationGrad:
		return func(i int) float64 { return n.Of.Slope(float64(in(0)[i])) * float64(in(1)[i]) }
	case graph.OpFlipKernels:
		outputs, inputs, k, taps := x[0], x[1], x[2], n.Shape[2]
		return func(i int) float64 {
			residue, c, o := i/(taps*taps*outputs*inputs), i/(taps*taps*outputs)%inputs, i/(taps*taps)%outputs
			ky := residue/n.Stride + n.Stride*(taps-1-i/taps%taps)
			kx := residue%n.Stride + n.Stride*(taps-1-i%taps)
			if ky >= k || kx >= k {
				return 0
			}
			return float64(in(0)[((o*inputs+c)*k+ky)*k+kx])
		}
	case graph.OpFoldPadding:
		return foldPadding(n, in)
	case graph.OpUpsampledConvGrad:
		return upsampledConvGrad(n, in)
	case graph.OpConvGradWeight:
		return convGradWeight(n, in)
	case graph.OpInstanceNormGrad, graph.OpLayerNormGrad:
		return normGrad(n, in)
	case graph.OpAveragePoolGrad:
		h, w, outH, outW := n.Shape[2], n.Shape[3], x[2], x[3]
		return func(i int) float64 {
			column, row, plane := i%w, i/w%h, in(0)[i/(h*w)*outH*outW:][:outH*outW]
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
		}
	}
	return nil
}

// Around is how many elements of a shape lie outside and inside its axes [axes[0], axes[1]).
func Around(s graph.Shape, axes [2]int) (outer, inner int) {
	return s[:axes[0]].Elems(), s[axes[1]:].Elems()
}

// foldPadding gives each pixel the shares of all positions of the padded input that show it.
func foldPadding[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	xShape, h, w, stride := n.Inputs[0].Shape, n.Shape[2], n.Shape[3], n.Stride
	area := xShape[2] * xShape[3]
	// showing lists the positions of an axis of size pixels that show each of them.
	showing := func(size, computed int) [][]int {
		at := make([][]int, size)
		for i := range min(size+2*n.Pad, stride*computed) {
			if s := n.PadMode.Source(i-n.Pad, size); s >= 0 {
				at[s] = append(at[s], i)
			}
		}
		return at
	}
	rows, columns := showing(h, xShape[2]), showing(w, xShape[3])
	return func(i int) float64 {
		sample, c := i/n.Shape[1:].Elems(), i/(h*w)%n.Shape[1]
		planes := in(0)[sample*xShape[1]*area:][:xShape[1]*area]
		sum := 0.0
		for _, row := range rows[i/w%h] {
			for _, column := range columns[i%w] {
				plane := (row%stride*stride+column%stride)*n.Shape[1] + c
				sum += float64(planes[plane*area+row/stride*xShape[3]+column/stride])
			}
		}
		return sum
	}
}

// upsampledConvGrad gives each pixel what all places of a kernel that read one of its four copies take it times.
func upsampledConvGrad[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	dyShape, w := n.Inputs[0].Shape, n.Inputs[1].Shape
	k := w[2]
	type read struct{ at, tap int } // a place of the kernel, and which of its taps
	reading := func(size, places int) [][]read {
		all := make([][]read, size)
		for at := range places {
			for tap := range k {
				if s := n.PadMode.Source(at-n.Pad+tap, 2*size); s >= 0 {
					all[s/2] = append(all[s/2], read{at, tap})
				}
			}
		}
		return all
	}
	rows, columns := reading(n.Shape[2], dyShape[2]), reading(n.Shape[3], dyShape[3])
	return func(i int) float64 {
		column, row, c, sample := i%n.Shape[3], i/n.Shape[3]%n.Shape[2], i/(n.Shape[2]*n.Shape[3])%n.Shape[1], i/n.Shape[1:].Elems()
		dy, kernels, sum := in(0), in(1), 0.0
		for o := range dyShape[1] {
			plane, kernel := dy[(sample*dyShape[1]+o)*dyShape[2]*dyShape[3]:], kernels[(o*w[1]+c)*k*k:]
			for _, y := range rows[row] {
				for _, x := range columns[column] {
					sum += float64(plane[y.at*dyShape[3]+x.at]) * float64(kernel[y.tap*k+x.tap])
				}
			}
		}
		return sum
	}
}

// convGradWeight sums over all places of a kernel what a weight multiplies times the gradient of what it adds to.
func convGradWeight[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	xShape, dyShape, k, zoom := n.Inputs[0].Shape, n.Inputs[1].Shape, n.Shape[2], 1
	if n.Upsample {
		zoom = 2
	}
	return func(i int) float64 {
		kx, ky, c, o := i%k, i/k%k, i/(k*k)%n.Shape[1], i/n.Shape[1:].Elems()
		x, dy, sum := in(0), in(1), 0.0
		for sample := range dyShape[0] {
			plane, gradient := x[(sample*xShape[1]+c)*xShape[2]*xShape[3]:], dy[(sample*dyShape[1]+o)*dyShape[2]*dyShape[3]:]
			for row := range dyShape[2] {
				sy := n.PadMode.Source(row*n.Stride-n.Pad+ky, zoom*xShape[2])
				if sy < 0 {
					continue
				}
				for column := range dyShape[3] {
					if sx := n.PadMode.Source(column*n.Stride-n.Pad+kx, zoom*xShape[3]); sx >= 0 {
						sum += float64(plane[sy/zoom*xShape[3]+sx/zoom]) * float64(gradient[row*dyShape[3]+column])
					}
				}
			}
		}
		return sum
	}
}

// normGrad differentiates a norm. With g = 1/deviation and d = x − mean, the result is d·g, and of a change of x there reaches the result
// g·(change − its mean) less d times what the deviation takes.
func normGrad[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	size := Grain(n)
	var m, gain, curve, sum, product float64
	known := -1 // the instance that these are of
	return func(i int) float64 {
		x, dy := in(0), in(1)
		if at := i / size; at != known {
			known = at
			m, gain, curve = normTerms(n, x[at*size:(at+1)*size])
			sum, product = 0, 0
			for j := at * size; j < (at+1)*size; j++ {
				sum += float64(dy[j])
				product += float64(dy[j]) * (float64(x[j]) - m)
			}
		}
		return gain*(float64(dy[i])-sum/float64(size)) - curve*product*(float64(x[i])-m)
	}
}

// normTerms are the mean of x, the gain of norm gradient n there, and −gain's derivative with respect to an element, over its distance from
// the mean.
func normTerms[T Float](n *graph.Node, x []T) (m, gain, curve float64) {
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
