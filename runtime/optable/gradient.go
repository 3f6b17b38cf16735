package optable

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Gradient is the case whose outputs are c's and the gradients of c's inputs and params, for a loss that weights all outputs at random.
func (c Case) Gradient() Case {
	if c.Name == "tanh/far" {
		c.MaxNMSE = 1e-6 // most slopes are 0, and near 1 the result, by which they are found, has few digits that tell it from 1
	}
	c.Name = "gradient/" + c.Name
	build := c.Build
	c.Build = func(g *graph.Graph) {
		build(g)
		loss, wrt := c.Weigh(g)
		for i, n := range g.Gradient(loss, wrt) {
			g.Output("gradient of "+wrt[i].Name, n)
		}
	}
	return c
}

// Weigh sums up all outputs of g, each element times a weight of its own, and lists g's inputs and params that have an effect. The weights are params, since
// inputs may be offset.
func (c Case) Weigh(g *graph.Graph) (loss *graph.Node, wrt []*graph.Node) {
	for _, n := range g.Nodes() {
		if (n.Op == graph.OpInput || n.Op == graph.OpParam) && n.Name != c.NoEffect {
			wrt = append(wrt, n)
		}
	}
	for i, y := range g.Outputs() {
		part := g.ReduceSum(g.Mul(y, g.Param(fmt.Sprint("upstream ", i), y.Shape...)), 0, 0)
		if loss != nil {
			part = g.Add(loss, part)
		}
		loss = part
	}
	return loss, wrt
}

// gradientCases are the ops that differentiation needs beside the networks' own, and what the gradients of the other rows do not show.
func gradientCases() []Case {
	computed := func(g *graph.Graph, name string, shape ...int) *graph.Node {
		return g.Scale(g.Input(name, shape...), 2)
	}
	return []Case{
		{Name: "constant", Build: func(g *graph.Graph) { g.Output("y", g.Add(g.Constant(-1.5, 3, 29), g.Input("x", 3, 29))) }},
		{Name: "constant/alone", Build: func(g *graph.Graph) { g.Output("y", g.Constant(0.1, 70)) }},
		{Name: "reducesum", Build: func(g *graph.Graph) { g.Output("y", g.ReduceSum(g.Input("x", 2, 3, 31, 29), 0, 0)) }},
		{Name: "reducesum/channels", Build: func(g *graph.Graph) { g.Output("y", g.ReduceSum(g.Input("x", 3, 5, 11, 13), 1, 2)) }},
		{Name: "reducesum/planes", Build: func(g *graph.Graph) { g.Output("y", g.ReduceSum(g.Input("x", 2, 5, 9, 8), 0, 2)) }},
		{Name: "reducesum/rows", Build: func(g *graph.Graph) { g.Output("y", g.ReduceSum(g.Input("x", 67, 33), 1, 2)) }},
		{Name: "reducesum/none", Build: func(g *graph.Graph) { g.Output("y", g.ReduceSum(g.Input("x", 4, 5), 0, 2)) }},
		{Name: "expand", Build: func(g *graph.Graph) { g.Output("y", g.Expand(g.Input("x", 3), graph.Shape{2, 3, 5, 7}, 1)) }},
		{Name: "expand/one", Build: func(g *graph.Graph) { g.Output("y", g.Expand(g.Input("x", 1), graph.Shape{2, 41}, 0)) }},
		{Name: "transpose", Build: func(g *graph.Graph) { g.Output("y", g.Transpose(g.Input("x", 19, 7))) }},
		{Name: "pad", Build: func(g *graph.Graph) { g.Output("y", g.Pad(g.Input("x", 3, 9), 5, 17)) }},
		{Name: "shared-twice", Build: func(g *graph.Graph) { // contributions add up, on the way as at its end
			x := computed(g, "x", 2, 3, 4, 4)
			h := g.Activate(graph.ActTanh, x)
			g.Output("y", g.Add(g.Mul(h, h), g.Sub(x, g.Scale(h, 3))))
		}},
		{Name: "unreached", Build: func(g *graph.Graph) { // the gradient of b is zero
			g.Input("b", 4, 3)
			g.Output("y", g.Scale(g.Input("a", 5), 2))
		}},
		{Name: "conv/weights-as-inputs", Build: func(g *graph.Graph) { // as in training: kernels choose other layouts for them
			x, w, b := g.Input("x", 2, 17, 9, 10), g.Input("w", 18, 17, 3, 3), g.Input("b", 3)
			h := g.Activate(graph.ActRelu, g.InstanceNorm(g.Conv(x, w, nil, graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect}), 1e-5))
			h = g.Conv(g.Upsample(h), g.Input("v", 5, 18, 5, 5), nil, graph.ConvAttrs{Stride: 1, Pad: 2, Mode: graph.PadReflect})
			g.Output("y", g.Conv(h, g.Input("u", 3, 5, 4, 4), b, graph.ConvAttrs{Stride: 2, Pad: 1, Mode: graph.PadReflect}))
		}},
		{Name: "conv/shared-weights", Build: func(g *graph.Graph) { // a network applied to two pictures
			same := graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReplicate}
			w := g.Param("w", 4, 4, 3, 3)
			g.Output("y", g.Conv(g.Activate(graph.ActTanh, g.Conv(g.Input("x", 1, 4, 5, 6), w, nil, same)), w, nil, same))
		}},
		{Name: "conv/input-not-wanted-by-two", Build: func(g *graph.Graph) { // a constant in front of a conv takes no gradient
			g.Output("y", g.Conv(g.Constant(0.5, 1, 2, 5, 5), g.Param("w", 3, 2, 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1}))
		}},
		{Name: "conv/pad-beyond-kernel", Build: func(g *graph.Graph) {
			g.Output("y", g.Conv(g.Input("x", 1, 2, 4, 5), g.Param("w", 3, 2, 2, 2), nil, graph.ConvAttrs{Stride: 1, Pad: 3}))
		}},
		{Name: "averagepool/k5s3p2", Build: func(g *graph.Graph) { g.Output("y", g.AveragePool(g.Input("x", 1, 2, 8, 11), 5, 3, 2)) }},
	}
}
