// Package reference defines every op: one element of its result at a time, in float64, as the op's definition reads. Executors, their kernels
// and what stands in for them are held against it, and the CPU executor computes with it what takes no time worth saving.
//
// What it exports may change with any version; runtime and weights are for other modules.
package reference

import (
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Float is what tensors are made of: float32 on devices, float64 where differences must be finite.
type Float interface{ float32 | float64 }

// Values computes all nodes of g, each rounded to T. known gives the values of Inputs and Params.
func Values[T Float](g *graph.Graph, known func(n *graph.Node) []T) (map[*graph.Node][]T, error) {
	values := map[*graph.Node][]T{}
	for _, n := range g.Nodes() {
		if n.Op == graph.OpInput || n.Op == graph.OpParam {
			values[n] = known(n)
			continue
		}
		element := Element(n, func(k int) []T { return values[n.Inputs[k]] })
		if element == nil {
			return nil, fmt.Errorf("the reference has no op %v", n.Op)
		}
		y := make([]T, n.Shape.Elems())
		for i := range y {
			y[i] = T(element(i))
		}
		values[n] = y
	}
	return values, nil
}

// Grain is how many elements of n's result are best computed in a row by one function of Element, which finds something out about all of them:
// the moments of what a norm normalises. It is 1 for most ops.
func Grain(n *graph.Node) int {
	switch n.Op {
	case graph.OpInstanceNorm, graph.OpInstanceNormGrad:
		return n.Shape[2:].Elems()
	case graph.OpLayerNorm, graph.OpLayerNormGrad:
		return n.Shape[1:].Elems()
	}
	return 1
}

// Operands gives the values of a node's input k, which it may find elsewhere each time.
type Operands[T Float] func(k int) []T

// Element gives the function that computes element i of n's result from the values of n's inputs, or nil if there is no such op. What Fuse put into
// n is part of it. Where Grain is above 1, the function keeps what it found out, so that it is for one goroutine and for values that stay.
func Element[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	var x graph.Shape
	if len(n.Inputs) > 0 {
		x = n.Inputs[0].Shape
	}
	a := func(i int) float64 { return float64(in(0)[i]) }
	b := func(i int) float64 { return float64(in(1)[i]) }
	switch n.Op {
	case graph.OpConv:
		return conv(n, in)
	case graph.OpConvTranspose:
		return convTranspose(n, in)
	case graph.OpConcat:
		return concat(n, in)
	case graph.OpGemm:
		return gemm(n, in)
	case graph.OpInstanceNorm, graph.OpLayerNorm:
		return norm(n, in)
	case graph.OpAffine:
		scale, shift := channelOf(n.Inputs[1], x), channelOf(n.Inputs[2], x)
		return func(i int) float64 { return a(i)*b(scale(i)) + float64(in(2)[shift(i)]) }
	case graph.OpAdd:
		return func(i int) float64 { return a(i) + b(i) }
	case graph.OpSub:
		return func(i int) float64 { return a(i) - b(i) }
	case graph.OpMul:
		return func(i int) float64 { return a(i) * b(i) }
	case graph.OpScale:
		return func(i int) float64 { return float64(n.Factor) * a(i) }
	case graph.OpActivation:
		return func(i int) float64 { return n.Act.Value(a(i)) }
	case graph.OpPRelu:
		return func(i int) float64 { return math.Max(a(i), 0) + b(0)*math.Min(a(i), 0) }
	case graph.OpUpsample:
		h, w := x[2], x[3]
		return func(i int) float64 {
			column, row, plane := i%(2*w), i/(2*w)%(2*h), i/(4*h*w)
			return a((plane*h+row/2)*w + column/2)
		}
	case graph.OpAveragePool:
		h, w, outH, outW := x[2], x[3], n.Shape[2], n.Shape[3]
		return func(i int) float64 {
			column, row, plane := i%outW, i/outW%outH, i/(outH*outW)
			return windowMean(in(0)[plane*h*w:(plane+1)*h*w], h, w, row*n.Stride-n.Pad, column*n.Stride-n.Pad, n.Kernel)
		}
	case graph.OpGlobalAveragePool, graph.OpReduceMean:
		size := x.Elems() / n.Shape.Elems()
		return func(i int) float64 { return mean(in(0)[i*size : (i+1)*size]) }
	case graph.OpSlice:
		return func(i int) float64 { return a(i/n.Shape[1]*x[1] + n.Start + i%n.Shape[1]) }
	case graph.OpReshape:
		return a
	}
	return gradientElement(n, in)
}

// channelOf maps an element of a tensor of shape x to its channel's place in a parameter of shape [C] or [N, C].
func channelOf(param *graph.Node, x graph.Shape) func(i int) int {
	c, hw := x[1], x[2]*x[3]
	if len(param.Shape) == 2 {
		return func(i int) int { return i / hw }
	}
	return func(i int) int { return i / hw % c }
}

// conv is graph.Graph.Conv, with an upsampling before and an activation behind where they are fused in.
func conv[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	xShape, y, k, zoom := n.Inputs[0].Shape, n.Shape, n.Inputs[1].Shape[2], 1
	if n.Upsample {
		zoom = 2
	}
	area := xShape[2] * xShape[3]
	return func(i int) float64 {
		x, w := in(0), in(1)
		column, row, o, sample := i%y[3], i/y[3]%y[2], i/(y[2]*y[3])%y[1], i/(y[1]*y[2]*y[3])
		sum := 0.0
		for tap := range k * k {
			sy := n.PadMode.Source(row*n.Stride+tap/k-n.Pad, zoom*xShape[2])
			sx := n.PadMode.Source(column*n.Stride+tap%k-n.Pad, zoom*xShape[3])
			if sy < 0 || sx < 0 {
				continue
			}
			pixel := sy/zoom*xShape[3] + sx/zoom
			for c := range xShape[1] {
				sum += float64(x[(sample*xShape[1]+c)*area+pixel]) * float64(w[(o*xShape[1]+c)*k*k+tap])
			}
		}
		if len(n.Inputs) == 3 {
			sum += float64(in(2)[o])
		}
		return n.Act.Value(sum)
	}
}

// convTranspose is graph.Graph.ConvTranspose: input pixel q adds what w says to the output pixels that a Conv would read for it.
func convTranspose[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	xShape, y, k := n.Inputs[0].Shape, n.Shape, n.Inputs[1].Shape[2]
	source := func(at, tap, size int) int { // the input pixel whose tap meets an output pixel, or -1
		at += n.Pad - tap
		if at < 0 || at%n.Stride != 0 || at/n.Stride >= size {
			return -1
		}
		return at / n.Stride
	}
	return func(i int) float64 {
		x, w := in(0), in(1)
		column, row, o, sample := i%y[3], i/y[3]%y[2], i/(y[2]*y[3])%y[1], i/(y[1]*y[2]*y[3])
		sum := 0.0
		for tap := range k * k {
			sy, sx := source(row, tap/k, xShape[2]), source(column, tap%k, xShape[3])
			if sy < 0 || sx < 0 {
				continue
			}
			for c := range xShape[1] {
				sum += float64(x[((sample*xShape[1]+c)*xShape[2]+sy)*xShape[3]+sx]) * float64(w[(c*y[1]+o)*k*k+tap])
			}
		}
		if len(n.Inputs) == 3 {
			sum += float64(in(2)[o])
		}
		return sum
	}
}

func concat[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	all := n.Shape[1:].Elems()
	return func(i int) float64 {
		sample, at := i/all, i%all
		for k, x := range n.Inputs {
			size := x.Shape[1:].Elems()
			if at < size {
				return float64(in(k)[sample*size+at])
			}
			at -= size
		}
		return 0 // not reached: the parts have all elements
	}
}

func gemm[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	outputs, inputs := n.Inputs[1].Shape[0], n.Inputs[1].Shape[1]
	return func(i int) float64 {
		sample, o, sum := i/outputs, i%outputs, 0.0
		w := in(1)[o*inputs:]
		for k, v := range in(0)[sample*inputs:][:inputs] {
			sum += float64(v) * float64(w[k])
		}
		if len(n.Inputs) == 3 {
			sum += float64(in(2)[o])
		}
		return sum
	}
}

// norm is graph.Graph.InstanceNorm and LayerNorm, with what is fused in: affine, activation, residual sum, in this order.
func norm[T Float](n *graph.Node, in Operands[T]) func(i int) float64 {
	channels, hw, size := n.Shape[1], n.Shape[2]*n.Shape[3], Grain(n)
	var shift, gain float64
	known := -1 // the instance that shift and gain are of
	return func(i int) float64 {
		if at := i / size; at != known {
			known = at
			if n.Op == graph.OpLayerNorm {
				m, v := moments(in(0)[at*size:(at+1)*size], 1)
				shift, gain = m, 1/(math.Sqrt(v)+float64(n.Eps))
			} else {
				m, v := moments(in(0)[at*size:(at+1)*size], 0)
				shift, gain = m, 1/math.Sqrt(v+float64(n.Eps))
			}
		}
		v := (float64(in(0)[i]) - shift) * gain
		if a := n.Affine; a != nil {
			sample, c := i/(channels*hw), i/hw%channels
			v *= float64(in(1)[sample*a.ScaleStride+a.ScaleOffset+c])
			v += float64(in(2)[sample*a.ShiftStride+a.ShiftOffset+c])
		}
		v = n.Act.Value(v)
		if n.Residual {
			v += float64(in(len(n.Inputs) - 1)[i])
		}
		return v
	}
}

func mean[T Float](x []T) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum / float64(len(x))
}

// moments are the mean and the variance of x in two passes; the variance divides by len(x) − less, or is 0 where that is 0.
func moments[T Float](x []T, less int) (m, variance float64) {
	m = mean(x)
	sum := 0.0
	for _, v := range x {
		sum += (float64(v) - m) * (float64(v) - m)
	}
	return m, sum / float64(max(len(x)-less, 1))
}

// windowMean averages what lies inside a plane of the kernel×kernel window whose first corner is (top, left).
func windowMean[T Float](plane []T, h, w, top, left, kernel int) float64 {
	sum, count := 0.0, 0
	for row := max(top, 0); row < min(top+kernel, h); row++ {
		for column := max(left, 0); column < min(left+kernel, w); column++ {
			sum += float64(plane[row*w+column])
			count++
		}
	}
	return sum / float64(count)
}
