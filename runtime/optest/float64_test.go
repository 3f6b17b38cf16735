package optest

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// evaluate computes the nodes of g in float64, in values, which hold inputs and params; it returns the value of a node of one element. Finite
// differences need it: the executors store float32. It knows only ops that have gradients, and is written apart from the reference executor,
// so that each shows that the other is right.
func evaluate(g *graph.Graph, values map[*graph.Node][]float64, of *graph.Node) float64 {
	for _, n := range g.Nodes() {
		if n.Op == graph.OpInput || n.Op == graph.OpParam {
			continue
		}
		in := make([][]float64, len(n.Inputs))
		for i, x := range n.Inputs {
			in[i] = values[x]
		}
		y := make([]float64, n.Shape.Elems())
		evaluateNode(n, y, in)
		values[n] = y
		if n == of {
			return y[0]
		}
	}
	panic("the node is not of the graph")
}

func evaluateNode(n *graph.Node, y []float64, in [][]float64) {
	if f := activations[n.Op]; f != nil {
		for i, v := range in[0] {
			y[i] = f(v)
		}
		return
	}
	var s graph.Shape
	if len(in) > 0 {
		s = n.Inputs[0].Shape
	}
	switch n.Op {
	case graph.OpConv:
		evaluateConv(n, y, in)
	case graph.OpGemm:
		depth := n.Inputs[1].Shape[1]
		for i := range y {
			row, o := i/n.Shape[1], i%n.Shape[1]
			for k, v := range in[0][row*depth:][:depth] {
				y[i] += v * in[1][o*depth+k]
			}
			if len(in) == 3 {
				y[i] += in[2][o]
			}
		}
	case graph.OpInstanceNorm, graph.OpLayerNorm:
		size := s[2] * s[3]
		if n.Op == graph.OpLayerNorm {
			size *= s[1]
		}
		for at := 0; at < len(y); at += size {
			evaluateNorm(n, y[at:at+size], in[0][at:at+size])
		}
	case graph.OpAffine:
		param := func(k, i int) float64 { return in[k][i/(s[2]*s[3])%len(in[k])] } // [C] repeats, [N, C] does not
		for i, v := range in[0] {
			y[i] = v*param(1, i) + param(2, i)
		}
	case graph.OpAdd, graph.OpSub, graph.OpMul:
		for i, a := range in[0] {
			b := in[1][i]
			switch n.Op {
			case graph.OpAdd:
				y[i] = a + b
			case graph.OpSub:
				y[i] = a - b
			default:
				y[i] = a * b
			}
		}
	case graph.OpScale:
		for i, v := range in[0] {
			y[i] = v * float64(n.Factor)
		}
	case graph.OpPRelu:
		for i, v := range in[0] {
			y[i] = math.Max(v, 0) + in[1][0]*math.Min(v, 0)
		}
	case graph.OpUpsample, graph.OpAveragePool:
		evaluateWindows(n, y, in[0])
	case graph.OpGlobalAveragePool, graph.OpReduceMean:
		size := len(in[0]) / len(y)
		for i, v := range in[0] {
			y[i/size] += v / float64(size)
		}
	case graph.OpSlice, graph.OpPad:
		for row := range s[0] {
			for c := range min(s[1], n.Shape[1]) {
				if n.Op == graph.OpSlice {
					y[row*n.Shape[1]+c] = in[0][row*s[1]+n.Start+c]
				} else {
					y[row*n.Shape[1]+n.Start+c] = in[0][row*s[1]+c]
				}
			}
		}
	case graph.OpReshape:
		copy(y, in[0])
	case graph.OpConstant:
		for i := range y {
			y[i] = float64(n.Factor)
		}
	case graph.OpReduceSum:
		for i, v := range in[0] {
			y[i/s[n.Axes[1]:].Elems()%len(y)] += v
		}
	case graph.OpExpand:
		for i := range y {
			y[i] = in[0][i/n.Shape[n.Axes[1]:].Elems()%len(in[0])]
		}
	case graph.OpTranspose:
		for i, v := range in[0] {
			y[i%s[1]*s[0]+i/s[1]] = v
		}
	default:
		panic("float64 evaluation has no " + n.Op.String())
	}
}

var activations = map[graph.Op]func(float64) float64{
	graph.OpRelu: func(v float64) float64 { return math.Max(v, 0) },
	graph.OpLeakyRelu: func(v float64) float64 {
		if v < 0 {
			return 0.2 * v
		}
		return v
	},
	graph.OpSelu: func(v float64) float64 {
		if v < 0 {
			return graph.SeluScale * graph.SeluAlpha * math.Expm1(v)
		}
		return graph.SeluScale * v
	},
	graph.OpTanh: math.Tanh,
	graph.OpSoftplus: func(v float64) float64 {
		if v > 30 {
			return v + math.Exp(-v)
		}
		return math.Log1p(math.Exp(v))
	},
	graph.OpAbs: math.Abs,
}

// evaluateConv adds tap by tap, line by line.
func evaluateConv(n *graph.Node, y []float64, in [][]float64) {
	s, w := n.Inputs[0].Shape, n.Inputs[1].Shape
	rows, columns, k := n.Shape[2], n.Shape[3], w[2]
	for plane := range n.Shape[0] * n.Shape[1] {
		sample, o := plane/n.Shape[1], plane%n.Shape[1]
		for tap := range s[1] * k * k {
			c, ky, kx := tap/(k*k), tap/k%k, tap%k
			weight := in[1][o*s[1]*k*k+tap]
			x := in[0][(sample*s[1]+c)*s[2]*s[3]:]
			for row := range rows {
				sy := padded(row*n.Stride+ky-n.Pad, s[2], n.PadMode)
				for column := range columns {
					if sx := padded(column*n.Stride+kx-n.Pad, s[3], n.PadMode); sy >= 0 && sx >= 0 {
						y[(plane*rows+row)*columns+column] += weight * x[sy*s[3]+sx]
					}
				}
			}
		}
		if len(in) == 3 {
			for i := range rows * columns {
				y[plane*rows*columns+i] += in[2][o]
			}
		}
	}
}

// padded is where position i of an axis lies in the image, or -1.
func padded(i, size int, mode graph.PadMode) int {
	switch {
	case i >= 0 && i < size:
		return i
	case mode == graph.PadReflect && i < 0:
		return -i
	case mode == graph.PadReflect:
		return 2*size - 2 - i
	case mode == graph.PadReplicate:
		return max(0, min(i, size-1))
	}
	return -1
}

func evaluateNorm(n *graph.Node, y, x []float64) {
	mean, squares := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	deviation := math.Sqrt(squares/float64(len(x)) + float64(n.Eps))
	if n.Op == graph.OpLayerNorm {
		deviation = math.Sqrt(squares/math.Max(float64(len(x)-1), 1)) + float64(n.Eps)
	}
	for i, v := range x {
		y[i] = (v - mean) / deviation
	}
}

// evaluateWindows is the upsampling, and the pooling of what lies inside the image.
func evaluateWindows(n *graph.Node, y, x []float64) {
	h, w, rows, columns := n.Inputs[0].Shape[2], n.Inputs[0].Shape[3], n.Shape[2], n.Shape[3]
	for i := range y {
		plane, row, column := x[i/(rows*columns)*h*w:], i/columns%rows, i%columns
		if n.Op == graph.OpUpsample {
			y[i] = plane[row/2*w+column/2]
			continue
		}
		sum, count := 0.0, 0.0
		for k := range n.Kernel * n.Kernel {
			sy, sx := row*n.Stride-n.Pad+k/n.Kernel, column*n.Stride-n.Pad+k%n.Kernel
			if sy >= 0 && sy < h && sx >= 0 && sx < w {
				sum += plane[sy*w+sx]
				count++
			}
		}
		y[i] = sum / count
	}
}
