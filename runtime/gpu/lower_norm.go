package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// lowerNorm finds the statistics and then applies them, with whatever Fuse folded into the norm.
func lowerNorm(n *graph.Node) lowered {
	instances, end := statistics(n)
	return applied(n, reduce(n.Inputs[0], instances, end), instances)
}

// lowerNormOf does so with the moments of each channel, in so many parts, that the Conv right before has left.
func lowerNormOf(n *graph.Node, parts int) lowered {
	instances, end := statistics(n)
	x := n.Inputs[0].Shape
	l := lowered{scratch: []int{0, 0, x[0] * x[1] * parts * partElems}}
	merge(&l, operand{scratch: momentsScratch}, parts*x[0]*x[1]/instances, instances, end)
	return applied(n, l, instances)
}

// statistics says over how many instances a norm has them, and which.
func statistics(n *graph.Node) (instances int, end reduction) {
	x := n.Inputs[0].Shape
	if n.Op == graph.OpLayerNorm {
		return x[0], reduction{form: shaders.MergeLayerNorm, eps: n.Eps}
	}
	return x[0] * x[1], reduction{form: shaders.MergeInstanceNorm, eps: n.Eps}
}

// applied appends what applies the statistics that l ends in.
func applied(n *graph.Node, l lowered, instances int) lowered {
	stats := l.steps[len(l.steps)-1].operands[1]
	l.steps = append(l.steps, normalize(n, stats, n.Shape.Elems()/instances, n.Affine))
	return l
}

// normalize is the dispatch that computes n from its first input: the statistics of every so many elements (0: none), the affine (nil: none),
// n's activation and residual. What is absent is bound to the input, since every binding needs some buffer.
func normalize(n *graph.Node, stats operand, every int, at *graph.AffineAt) step {
	x := n.Inputs[0]
	scale, shift, affine := x, x, graph.AffineAt{}
	if at != nil {
		scale, shift, affine = n.Inputs[1], n.Inputs[2], *at
	}
	residual := x
	if n.Residual {
		residual = n.Inputs[len(n.Inputs)-1]
	}
	s := overCount(shaders.Normalize{Act: activation(n.Act)}, n.Shape.Elems(), &shaders.NormalizeDims{
		Channels: x.Shape[1], Plane: x.Shape[2] * x.Shape[3], Instance: every,
		HasAffine: at != nil, ScaleOffset: affine.ScaleOffset, ScaleStride: affine.ScaleStride, ShiftOffset: affine.ShiftOffset, ShiftStride: affine.ShiftStride,
		HasResidual: n.Residual})
	s.operands = []operand{{node: x}, stats, {node: scale}, {node: shift}, {node: residual}, {node: n}}
	return s
}

// reduction says what a reduction ends in: see merge.wgsl.
type reduction struct {
	form shaders.MergeForm
	eps  float32
	to   *graph.Node // nil: scratch memory, as the last step's second operand
}

func mean(n *graph.Node) reduction { return reduction{form: shaders.MergeMean, to: n} }

// reduce finds the moments of each of the instances that x consists of, ReduceFan to one at each level.
func reduce(x *graph.Node, instances int, end reduction) lowered {
	size := x.Shape.Elems() / instances
	parts := fanIn(size)
	l := lowered{scratch: []int{instances * parts * partElems}}
	s := overCount(shaders.Moments{}, instances*parts, &shaders.MomentsDims{Size: size, Parts: parts})
	s.flops = 4 * int64(x.Shape.Elems())
	s.operands = []operand{{node: x}, {scratch: 0}}
	l.steps = append(l.steps, s)
	merge(&l, operand{scratch: 0}, parts, instances, end)
	return l
}

// merge appends the further levels to l: from so many parts of each instance to what is wanted of them. Levels write two scratch memories in turn.
func merge(l *lowered, last operand, parts, instances int, end reduction) {
	write := func(elems int) operand {
		turn := len(l.steps) % 2
		for len(l.scratch) <= turn {
			l.scratch = append(l.scratch, 0)
		}
		l.scratch[turn] = max(l.scratch[turn], elems)
		return operand{scratch: turn}
	}
	for done := false; !done; {
		merged := fanIn(parts)
		done = merged == 1
		form, eps := shaders.MergeParts, float32(0)
		var to operand
		switch {
		case !done:
			to = write(instances * merged * partElems)
		case end.to != nil:
			form, to = end.form, operand{node: end.to}
		default:
			form, eps, to = end.form, end.eps, write(instances*2)
		}
		s := overCount(shaders.Merge{}, instances*merged, &shaders.MergeDims{Parts: parts, Merged: merged, Form: form, Eps: eps})
		s.flops = 8 * int64(instances*parts)
		s.operands = []operand{last, to}
		l.steps = append(l.steps, s)
		last, parts = to, merged
	}
}

// fanIn is how many parts n elements make at one level of a reduction.
func fanIn(n int) int { return (n + shaders.ReduceFan - 1) / shaders.ReduceFan }
