package net

import "github.com/webmunit/webmunit/runtime/graph"

// L1 is the mean absolute difference of a and b [1]: MUNIT's reconstruction loss (eq. 1–4).
func L1(g *graph.Graph, a, b *graph.Node) *graph.Node {
	return g.ReduceMean(g.Unary(graph.OpAbs, g.Sub(a, b)))
}

// SquaredLogits is the mean of the squared discriminator outputs [1]: LSGAN's term for fakes in D's loss (DESIGN §2).
func SquaredLogits(g *graph.Graph, logits *graph.Node) *graph.Node {
	return g.ReduceMean(g.Mul(logits, logits))
}

// Softplus is mean(log(1 + exp(±x))) [1]: binary cross entropy on logits (NSGAN) against target 0 (sign +1) or 1 (sign −1).
func Softplus(g *graph.Graph, logits *graph.Node, sign float32) *graph.Node {
	return g.ReduceMean(g.Unary(graph.OpSoftplus, g.Scale(logits, sign)))
}
