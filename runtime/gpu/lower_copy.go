package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// lowerCopy lowers the ops that copy with strides, and those of which transposed convolutions are made.
func (l dispatcher) lowerCopy(n *graph.Node) (lowered, error) {
	var in graph.Shape
	if len(n.Inputs) > 0 {
		in = n.Inputs[0].Shape
	}
	switch n.Op {
	case graph.OpConstant:
		s := strided(n, shaders.StridedDims{High: 1, Wide: 1, Value: n.Factor})
		s.operands = []operand{{scratch: 0}, {node: n}} // nothing is read, but every binding needs some buffer
		return lowered{steps: []step{s}, scratch: []int{1}}, nil
	case graph.OpSlice:
		return one(strided(n, shaders.StridedDims{High: 1, Wide: n.Shape[1], Outer: in[1], Inner: 1, Start: -n.Start, Limit: in[1]})), nil
	case graph.OpPad:
		return one(strided(n, shaders.StridedDims{High: 1, Wide: n.Shape[1], Outer: in[1], Inner: 1, Start: n.Start, Limit: in[1]})), nil
	case graph.OpTranspose:
		return one(strided(n, shaders.StridedDims{High: n.Shape[0], Wide: n.Shape[1], Middle: 1, Inner: n.Shape[0], Limit: n.Shape[1]})), nil
	case graph.OpExpand:
		inner := n.Shape[n.Axes[1]:].Elems()
		return one(strided(n, shaders.StridedDims{High: in.Elems(), Wide: inner, Middle: 1, Limit: inner})), nil
	case graph.OpFlipKernels:
		return one(perElement(n, shaders.FlipKernels{}, &shaders.FlipKernelsDims{Outputs: in[0], Inputs: in[1], Kernel: in[2], Stride: n.Stride, Taps: n.Shape[2]})), nil
	case graph.OpFoldPadding:
		return one(perElement(n, shaders.FoldPadding{}, &shaders.FoldPaddingDims{Channels: n.Shape[1], Height: n.Shape[2], Width: n.Shape[3],
			InHeight: in[2], InWidth: in[3], Stride: n.Stride, Pad: n.Pad, Mode: padMode(n.PadMode)})), nil
	}
	return l.lowerTraining(n)
}

func strided(n *graph.Node, d shaders.StridedDims) step { return perElement(n, shaders.Strided{}, &d) }

// keep is scratch memory i, of elems elements at least.
func (l *lowered) keep(i, elems int) operand {
	for len(l.scratch) <= i {
		l.scratch = append(l.scratch, 0)
	}
	l.scratch[i] = max(l.scratch[i], elems)
	return operand{scratch: i}
}
