package graph

import "math"

// InstanceNorm is (x − mean) / sqrt(var + eps) over H×W of each sample and channel, variance biased (Ulyanov et al. 2016). x is NCHW.
func (g *Graph) InstanceNorm(x *Node, eps float32) *Node {
	return g.norm(OpInstanceNorm, x, eps)
}

// LayerNorm is (x − mean) / (std + eps) over C×H×W of each sample, std unbiased (N−1), eps added to std (docs/networks.md, "Norms"). x is NCHW.
func (g *Graph) LayerNorm(x *Node, eps float32) *Node {
	return g.norm(OpLayerNorm, x, eps)
}

func (g *Graph) norm(op Op, x *Node, eps float32) *Node {
	g.check(len(x.Shape) == 4, op, "x must be NCHW, is %v", x.Shape)
	return g.add(op, x.Shape, Attrs{Eps: eps}, x)
}

func normRule(d *gradients, n, dy *Node) {
	d.to(n.Inputs[0], func() *Node { return d.normGrad(n, dy) })
}

func normBound(n *Node, in func(i int) float64, _ Reach) float64 {
	count := float64(n.Shape[2] * n.Shape[3])
	if n.Op == OpLayerNorm {
		count *= float64(n.Shape[1])
	}
	if square := count * (2 * in(0)) * (2 * in(0)); !(square < math.MaxFloat32) {
		return math.Inf(1)
	}
	return math.Sqrt(count) // where one value is not 0
}

// normGrad is the gradient of an InstanceNorm or LayerNorm. It finds the moments again rather than have them kept.
func (g *Graph) normGrad(norm, dy *Node) *Node {
	op := OpInstanceNormGrad
	if norm.Op == OpLayerNorm {
		op = OpLayerNormGrad
	}
	return g.add(op, dy.Shape, Attrs{Eps: norm.Eps}, norm.Inputs[0], dy)
}

// Affine is x·scale + shift per channel of x [N, C, H, W]; scale and shift are [C] (gamma, beta) or [N, C] (AdaIN's weight, bias).
func (g *Graph) Affine(x, scale, shift *Node) *Node {
	if g.check(len(x.Shape) == 4, OpAffine, "x must be NCHW, is %v", x.Shape) {
		for _, p := range []*Node{scale, shift} {
			g.check(p.Shape.Equal(x.Shape[1:2]) || p.Shape.Equal(x.Shape[:2]), OpAffine, "scale and shift must be %v or %v, not %v", x.Shape[1:2], x.Shape[:2], p.Shape)
		}
	}
	return g.add(OpAffine, x.Shape, Attrs{}, x, scale, shift)
}

func affineRule(d *gradients, n, dy *Node) {
	x, scale, shift := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	// The axes of a parameter [C] are x's axes [1, 2), those of one [N, C] are [0, 2).
	d.to(scale, func() *Node { return d.ReduceSum(d.Mul(dy, d.value(x)), 2-len(scale.Shape), 2) })
	d.to(shift, func() *Node { return d.ReduceSum(dy, 2-len(shift.Shape), 2) })
	d.to(x, func() *Node { return d.Affine(dy, scale, d.Constant(0, x.Shape[1])) })
}

func affineBound(_ *Node, in func(i int) float64, _ Reach) float64 { return in(0)*in(1) + in(2) }
