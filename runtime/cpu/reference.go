package cpu

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// reference adds the step that computes n as the op's definition reads: one loop, float64 throughout, rounded once at the end.
func (p *program) reference(n *graph.Node) error {
	p.fetch(n.Inputs...)
	id := n.ID
	in := make([]int, len(n.Inputs))
	for i, node := range n.Inputs {
		in[i] = node.ID
	}
	// each adds a step that computes element i of n from the memory of its inputs.
	each := func(f func(i int, a, b []float32) float64) {
		const chunk = 4096
		elems := n.Shape.Elems()
		p.add((elems+chunk-1)/chunk, 0, func(t int, _ *worker) {
			var a, b []float32
			if len(in) > 0 {
				a, b = p.mem[in[0]], p.mem[in[len(in)-1]]
			}
			y := p.mem[id]
			for i := t * chunk; i < min((t+1)*chunk, elems); i++ {
				y[i] = float32(f(i, a, b))
			}
		})
	}
	var x graph.Shape
	if len(n.Inputs) > 0 {
		x = n.Inputs[0].Shape
	}
	if act := n.Activation(); act != graph.ActNone {
		each(func(i int, a, _ []float32) float64 { return activate(act, float64(a[i])) })
		return nil
	}
	switch n.Op {
	case graph.OpConv:
		p.add(n.Shape[:3].Elems(), 0, func(t int, _ *worker) { p.referenceConv(n, t) })
	case graph.OpGemm:
		p.add(n.Shape[0], 0, func(t int, _ *worker) { p.referenceGemm(n, t) })
	case graph.OpInstanceNorm, graph.OpLayerNorm:
		p.add(x[0], 0, func(t int, _ *worker) { p.referenceNorm(n, t) })
	case graph.OpAffine:
		scale, shift := channelIndex(n.Inputs[1], x), channelIndex(n.Inputs[2], x)
		each(func(i int, a, b []float32) float64 {
			return float64(a[i])*float64(p.mem[in[1]][scale(i)]) + float64(b[shift(i)])
		})
	case graph.OpAdd:
		each(func(i int, a, b []float32) float64 { return float64(a[i]) + float64(b[i]) })
	case graph.OpSub:
		each(func(i int, a, b []float32) float64 { return float64(a[i]) - float64(b[i]) })
	case graph.OpMul:
		each(func(i int, a, b []float32) float64 { return float64(a[i]) * float64(b[i]) })
	case graph.OpScale:
		each(func(i int, a, _ []float32) float64 { return float64(n.Factor) * float64(a[i]) })
	case graph.OpPRelu:
		each(func(i int, a, slope []float32) float64 {
			return math.Max(float64(a[i]), 0) + float64(slope[0])*math.Min(float64(a[i]), 0)
		})
	case graph.OpUpsample:
		h, w := x[2], x[3]
		each(func(i int, a, _ []float32) float64 {
			column, row, plane := i%(2*w), i/(2*w)%(2*h), i/(4*h*w)
			return float64(a[(plane*h+row/2)*w+column/2])
		})
	case graph.OpAveragePool:
		h, w, outH, outW := x[2], x[3], n.Shape[2], n.Shape[3]
		each(func(i int, a, _ []float32) float64 {
			column, row, plane := i%outW, i/outW%outH, i/(outH*outW)
			return windowMean(a[plane*h*w:(plane+1)*h*w], h, w, row*n.Stride-n.Pad, column*n.Stride-n.Pad, n.Kernel)
		})
	case graph.OpGlobalAveragePool, graph.OpReduceMean:
		size := x.Elems() / n.Shape.Elems()
		each(func(i int, a, _ []float32) float64 { return mean(a[i*size : (i+1)*size]) })
	case graph.OpSlice:
		each(func(i int, a, _ []float32) float64 {
			return float64(a[i/n.Shape[1]*x[1]+n.Start+i%n.Shape[1]])
		})
	default:
		return p.referenceGradient(n, each)
	}
	return nil
}

// channelIndex maps an element of a tensor of shape x to its channel's place in a parameter of shape [C] or [N, C].
func channelIndex(param *graph.Node, x graph.Shape) func(i int) int {
	c, hw := x[1], x[2]*x[3]
	if len(param.Shape) == 2 {
		return func(i int) int { return i / hw }
	}
	return func(i int) int { return i / hw % c }
}

// source is the pixel of [0, size) that a convolution reads at i, which padding lets lie outside, or -1 where it reads zero.
func source(i, size int, mode graph.PadMode) int {
	if 0 <= i && i < size {
		return i
	}
	switch mode {
	case graph.PadReflect:
		if i < 0 {
			return -i
		}
		return 2*(size-1) - i
	case graph.PadReplicate:
		return min(max(i, 0), size-1)
	}
	return -1
}

// referenceConv computes row t of a Conv's result, counted over samples, output channels and rows.
func (p *program) referenceConv(n *graph.Node, t int) {
	xShape, wShape := n.Inputs[0].Shape, n.Inputs[1].Shape
	x, w, y := p.mem[n.Inputs[0].ID], p.mem[n.Inputs[1].ID], p.mem[n.ID][t*n.Shape[3]:][:n.Shape[3]]
	row, o, sample := t%n.Shape[2], t/n.Shape[2]%wShape[0], t/n.Shape[2]/wShape[0]
	channels, k := wShape[1], wShape[2]
	h, width, zoom := xShape[2], xShape[3], 1
	if n.Upsample {
		h, width, zoom = 2*h, 2*width, 2
	}
	for column := range y {
		sum := 0.0
		for c := range channels {
			for ky := range k {
				for kx := range k {
					sy := source(row*n.Stride-n.Pad+ky, h, n.PadMode)
					sx := source(column*n.Stride-n.Pad+kx, width, n.PadMode)
					if sy < 0 || sx < 0 {
						continue
					}
					pixel := x[((sample*channels+c)*xShape[2]+sy/zoom)*xShape[3]+sx/zoom]
					sum += float64(pixel) * float64(w[((o*channels+c)*k+ky)*k+kx])
				}
			}
		}
		if len(n.Inputs) == 3 {
			sum += float64(p.mem[n.Inputs[2].ID][o])
		}
		y[column] = float32(activate(n.Act, sum))
	}
}

// referenceGemm computes row t of a Gemm.
func (p *program) referenceGemm(n *graph.Node, t int) {
	outputs, inputs := n.Inputs[1].Shape[0], n.Inputs[1].Shape[1]
	x, w := p.mem[n.Inputs[0].ID], p.mem[n.Inputs[1].ID]
	for o := range outputs {
		sum := 0.0
		for i := range inputs {
			sum += float64(x[t*inputs+i]) * float64(w[o*inputs+i])
		}
		if len(n.Inputs) == 3 {
			sum += float64(p.mem[n.Inputs[2].ID][o])
		}
		p.mem[n.ID][t*outputs+o] = float32(sum)
	}
}

// referenceNorm normalises sample t, by channel or as a whole, with what is fused into the node.
func (p *program) referenceNorm(n *graph.Node, t int) {
	channels, hw := n.Shape[1], n.Shape[2]*n.Shape[3]
	x, y := p.mem[n.Inputs[0].ID], p.mem[n.ID]
	var shift, gain float64
	if n.Op == graph.OpLayerNorm {
		m, v := moments(x[t*channels*hw:(t+1)*channels*hw], 1)
		shift, gain = m, 1/(math.Sqrt(v)+float64(n.Eps))
	}
	for c := range channels {
		at := (t*channels + c) * hw
		if n.Op == graph.OpInstanceNorm {
			m, v := moments(x[at:at+hw], 0)
			shift, gain = m, 1/math.Sqrt(v+float64(n.Eps))
		}
		for i := at; i < at+hw; i++ {
			v := (float64(x[i]) - shift) * gain
			if a := n.Affine; a != nil {
				v *= float64(p.mem[n.Inputs[1].ID][t*a.ScaleStride+a.ScaleOffset+c])
				v += float64(p.mem[n.Inputs[2].ID][t*a.ShiftStride+a.ShiftOffset+c])
			}
			v = activate(n.Act, v)
			if n.Residual {
				v += float64(p.mem[n.Inputs[len(n.Inputs)-1].ID][i])
			}
			y[i] = float32(v)
		}
	}
}

func mean(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum / float64(len(x))
}

// moments are the mean and the variance of x in two passes; the variance divides by len(x) − less, or is 0 where that is 0.
func moments(x []float32, less int) (m, variance float64) {
	m = mean(x)
	sum := 0.0
	for _, v := range x {
		sum += (float64(v) - m) * (float64(v) - m)
	}
	return m, sum / float64(max(len(x)-less, 1))
}

// windowMean averages what lies inside a plane of the kernel×kernel window whose first corner is (top, left).
func windowMean(plane []float32, h, w, top, left, kernel int) float64 {
	sum, count := 0.0, 0
	for row := max(top, 0); row < min(top+kernel, h); row++ {
		for column := max(left, 0); column < min(left+kernel, w); column++ {
			sum += float64(plane[row*w+column])
			count++
		}
	}
	return sum / float64(count)
}

// activate applies an activation.
func activate(a graph.Activation, v float64) float64 {
	switch a {
	case graph.ActRelu:
		return math.Max(v, 0)
	case graph.ActLeakyRelu:
		return math.Max(v, 0) + graph.LeakySlope*math.Min(v, 0)
	case graph.ActSelu:
		return graph.SeluScale * (math.Max(v, 0) + graph.SeluAlpha*math.Expm1(math.Min(v, 0)))
	case graph.ActTanh:
		return math.Tanh(v)
	case graph.ActSoftplus:
		return math.Max(v, 0) + math.Log1p(math.Exp(-math.Abs(v)))
	case graph.ActAbs:
		return math.Abs(v)
	}
	return v
}
