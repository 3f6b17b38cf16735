package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/shaders"
)

// dispatcher turns the nodes of a fused graph into dispatches.
type dispatcher struct {
	budget  int64 // floating-point operations of a dispatch, at most or about
	choices *choices
}

// lower turns a node into dispatches; those that only name memory become none.
func (l dispatcher) lower(n *graph.Node) (lowered, error) {
	switch n.Op {
	case graph.OpInput, graph.OpParam, graph.OpReshape:
		return lowered{}, nil
	case graph.OpConv:
		return l.choices.pick(n).lower(n, l.budget), nil
	case graph.OpGemm:
		return lowerGemm(n), nil
	case graph.OpInstanceNorm, graph.OpLayerNorm:
		return lowerNorm(n), nil
	case graph.OpAffine:
		at := lowering.AffineOf(n)
		return one(normalize(n, operand{node: n.Inputs[0]}, 0, &at)), nil
	case graph.OpGlobalAveragePool:
		return reduce(n.Inputs[0], n.Shape.Elems(), mean(n)), nil
	case graph.OpReduceMean:
		return reduce(n.Inputs[0], 1, mean(n)), nil
	case graph.OpAveragePool:
		in, out := n.Inputs[0].Shape, n.Shape
		return one(perElement(n, shaders.AveragePool{}, &shaders.PoolDims{Height: in[2], Width: in[3], OutHeight: out[2], OutWidth: out[3],
			Kernel: n.Kernel, Stride: n.Stride, Pad: n.Pad})), nil
	case graph.OpUpsample:
		return one(perElement(n, shaders.Upsample{}, &shaders.UpsampleDims{Width: n.Inputs[0].Shape[3]})), nil
	case graph.OpAdd:
		return one(perElement(n, shaders.Binary{Op: shaders.BinaryAdd}, &shaders.Grid{})), nil
	case graph.OpSub:
		return one(perElement(n, shaders.Binary{Op: shaders.BinarySub}, &shaders.Grid{})), nil
	case graph.OpMul:
		return one(perElement(n, shaders.Binary{Op: shaders.BinaryMul}, &shaders.Grid{})), nil
	case graph.OpPRelu:
		return one(perElement(n, shaders.Binary{Op: shaders.BinaryPRelu}, &shaders.Grid{})), nil
	case graph.OpScale:
		return one(unary(n, graph.ActNone, n.Factor)), nil
	case graph.OpActivation:
		return one(unary(n, n.Act, 1)), nil
	}
	return l.lowerCopy(n)
}

// one is a node that takes a single dispatch.
func one(s step) lowered { return lowered{steps: []step{s}} }

func unary(n *graph.Node, a graph.Activation, factor float32) step {
	return perElement(n, shaders.Unary{Act: activation(a)}, &shaders.UnaryDims{Factor: factor})
}

// perElement is a dispatch of one invocation per element of n, over n's inputs and n itself.
func perElement(n *graph.Node, k shaders.Kernel, dims gridDims) step {
	s := overCount(k, n.Shape.Elems(), dims)
	for _, in := range n.Inputs {
		s.operands = append(s.operands, operand{node: in})
	}
	s.operands = append(s.operands, operand{node: n})
	return s
}

// gridDims are dims that embed a shaders.Grid.
type gridDims interface{ Over(count, row int) }

// overCount is a dispatch of count invocations, of a kernel whose dims begin with a grid, which it sets; its operands are left to the caller.
func overCount(k shaders.Kernel, count int, dims gridDims) step {
	const workgroupSize = 64
	x, y := grid((count + workgroupSize - 1) / workgroupSize)
	dims.Over(count, int(x)*workgroupSize)
	return step{
		kernel: k,
		dims:   dims,
		groups: [3]uint32{x, y, 1},
		flops:  int64(count),
	}
}

// grid folds a line of workgroups into rows that WebGPU allows.
func grid(groups int) (x, y uint32) {
	const limit = 65535 // maxComputeWorkgroupsPerDimension, which every device has
	rows := (groups + limit - 1) / limit
	return uint32((groups + rows - 1) / rows), uint32(rows)
}

// activation is a as the kernels know it, by the same number; a test holds the names together.
func activation(a graph.Activation) shaders.Act { return shaders.Act(a) }
