//go:build !inference

package gpu

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// trains says that this build has the kernels of training.
const trains = true

// lowerTraining lowers the ops that only losses and their gradients have.
func (l dispatcher) lowerTraining(n *graph.Node) (lowered, error) {
	in := n.Inputs[0].Shape
	switch n.Op {
	case graph.OpReduceSum:
		var to lowered
		to.sum(operand{node: n.Inputs[0]}, operand{node: n}, in[:n.Axes[0]].Elems(), n.Shape.Elems(), in[n.Axes[1]:].Elems(), 0)
		return to, nil
	case graph.OpActivationGrad:
		return one(perElement(n, shaders.ActivationGrad{}, &shaders.ActivationGradDims{Act: activation(n.Of)})), nil
	case graph.OpAveragePoolGrad:
		return one(perElement(n, shaders.AveragePoolGrad{}, &shaders.PoolDims{Height: n.Shape[2], Width: n.Shape[3], OutHeight: in[2], OutWidth: in[3],
			Kernel: n.Kernel, Stride: n.Stride, Pad: n.Pad})), nil
	case graph.OpConvGradWeight:
		return convGradWeight(n, l.budget), nil
	case graph.OpInstanceNormGrad, graph.OpLayerNormGrad:
		return normGrad(n), nil
	}
	return lowered{}, fmt.Errorf("%s: the GPU has no kernel for %v; add one as CONTRIBUTING.md says", n.Name, n.Op)
}

// sum appends the levels that sum x, seen as [outer, kept, inner], up to to; those between are in two scratch memories in turn, from number
// scratch on.
func (l *lowered) sum(x, to operand, outer, kept, inner, scratch int) {
	for level := 0; ; level++ {
		parts := fanIn(outer * inner)
		y := to
		if parts > 1 {
			y = l.keep(scratch+level%2, kept*parts)
		}
		s := overCount(shaders.Sum{}, kept*parts, &shaders.SumDims{Outer: outer, Kept: kept, Inner: inner, Parts: parts})
		s.flops = int64(outer * kept * inner)
		s.operands = []operand{x, y}
		l.steps = append(l.steps, s)
		if parts == 1 {
			return
		}
		x, outer, inner = y, 1, parts
	}
}

// convGradWeight sums over parts of the lines of output pixels, as many as keep a GPU busy, and then over the parts.
func convGradWeight(n *graph.Node, budget int64) lowered {
	const busy = 1 << 15 // invocations
	x, dy, k := n.Inputs[0].Shape, n.Inputs[1].Shape, n.Shape[2]
	tiles := k * k * ((n.Shape[0] + shaders.ConvGradTile - 1) / shaders.ConvGradTile) * ((n.Shape[1] + shaders.ConvGradTile - 1) / shaders.ConvGradTile)
	all := dy[0] * dy[2]
	lines := max(all*tiles/busy, 1)
	parts := (all + lines - 1) / lines
	var l lowered
	to := operand{node: n}
	if parts > 1 {
		to = l.keep(0, parts*n.Shape.Elems())
	}
	flops := 2 * shaders.ConvGradTile * shaders.ConvGradTile * int64(lines*dy[3]) // of an invocation
	most := max(int(budget/flops), 1)
	for first := 0; first < tiles*parts; first += most {
		s := overCount(shaders.ConvGradWeight{}, min(most, tiles*parts-first), &shaders.ConvGradWeightDims{First: first,
			Inputs: x[1], Height: x[2], Width: x[3], Outputs: dy[1], OutHeight: dy[2], OutWidth: dy[3], Samples: x[0],
			Kernel: k, Stride: n.Stride, Pad: n.Pad, Mode: padMode(n.PadMode), Upsample: n.Upsample, Lines: lines})
		s.flops = flops * int64(min(most, tiles*parts-first))
		s.operands = []operand{{node: n.Inputs[0]}, {node: n.Inputs[1]}, to}
		l.steps = append(l.steps, s)
	}
	if parts > 1 {
		l.sum(to, operand{node: n}, parts, n.Shape.Elems(), 1, 1)
	}
	return l
}

// normGrad finds the statistics again, then the sums over dy, then the gradient.
func normGrad(n *graph.Node) lowered {
	x, dy := n.Inputs[0], n.Inputs[1]
	instances, form := n.Shape[0]*n.Shape[1], shaders.MergeInstanceNorm
	if n.Op == graph.OpLayerNormGrad {
		instances, form = n.Shape[0], shaders.MergeLayerNorm
	}
	l := reduce(x, instances, reduction{form: form, eps: n.Eps})
	stats := l.steps[len(l.steps)-1].operands[1]

	size := n.Shape.Elems() / instances
	parts, at := fanIn(size), len(l.scratch)
	first := l.keep(at, 2*instances*parts)
	s := overCount(shaders.NormGradSums{}, instances*parts, &shaders.NormGradSumsDims{Size: size, Parts: parts})
	s.flops = 4 * int64(n.Shape.Elems())
	s.operands = []operand{{node: x}, {node: dy}, stats, first}
	l.steps = append(l.steps, s)
	sums := l.keep(at+1, 2*instances)
	l.sum(first, sums, 1, 2*instances, parts, at+2)

	s = overCount(shaders.NormGrad{}, n.Shape.Elems(), &shaders.NormGradDims{Size: size, Layer: n.Op == graph.OpLayerNormGrad, Eps: n.Eps})
	s.operands = []operand{{node: x}, {node: dy}, stats, sums, {node: n}}
	l.steps = append(l.steps, s)
	return l
}

// transformed is the dispatch that transforms the kernels of a 3×3 convolution for w, those of training and of gradients, in each run.
func (w winograd) transformed(weights *graph.Node) step {
	s := overCount(shaders.WinogradWeights{Square: w.square}, rounded(weights.Shape[0], shaders.WinogradChannels)*weights.Shape[1],
		&shaders.WinogradWeightsDims{Outputs: weights.Shape[0], Inputs: weights.Shape[1]})
	s.operands = []operand{{node: weights}, {scratch: weightsScratch}}
	return s
}
