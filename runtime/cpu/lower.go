package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// chunk is the size of the pieces in which element-wise ops are shared out: worth waking a worker for.
const chunk = 1 << 14

// lower adds the steps that compute n fast. Ops that take no time worth saving are computed as the reference does.
func (p *program) lower(n *graph.Node) error {
	switch n.Op {
	case graph.OpConv:
		return p.conv(n)
	case graph.OpGemm:
		return p.gemm(n)
	case graph.OpInstanceNorm:
		return p.instanceNorm(n)
	case graph.OpLayerNorm:
		return p.layerNorm(n)
	case graph.OpAdd, graph.OpSub, graph.OpMul, graph.OpScale, graph.OpPRelu, graph.OpActivation:
		return p.elementwise(n)
	case graph.OpAffine:
		return p.affine(n)
	case graph.OpUpsample:
		return p.upsample(n)
	case graph.OpAveragePool:
		return p.averagePool(n)
	case graph.OpFlipKernels:
		return p.flipKernels(n)
	case graph.OpFoldPadding:
		return p.foldPadding(n)
	case graph.OpAllGather:
		return p.allGather(n)
	}
	return p.lowerGradient(n)
}

// elementwise adds the step of an op whose element i depends on elements i of its inputs alone.
func (p *program) elementwise(n *graph.Node) error {
	p.fetch(n.Inputs...)
	elems, id, a := n.Shape.Elems(), n.ID, n.Inputs[0].ID
	b := n.Inputs[len(n.Inputs)-1].ID
	p.add((elems+chunk-1)/chunk, 0, func(t int, _ *worker) {
		from, to := t*chunk, min((t+1)*chunk, elems)
		y, x := p.mem[id][from:to], p.mem[a][from:to]
		switch n.Op {
		case graph.OpAdd:
			for i, v := range p.mem[b][from:to] {
				y[i] = x[i] + v
			}
		case graph.OpSub:
			for i, v := range p.mem[b][from:to] {
				y[i] = x[i] - v
			}
		case graph.OpMul:
			for i, v := range p.mem[b][from:to] {
				y[i] = x[i] * v
			}
		case graph.OpScale:
			for i, v := range x {
				y[i] = n.Factor * v
			}
		case graph.OpPRelu:
			slope := p.mem[b][0]
			for i, v := range x {
				y[i] = max(v, 0) + slope*min(v, 0)
			}
		default:
			copy(y, x)
			activateAll(n.Act, y)
		}
	})
	return nil
}

// affine adds the step of an Affine that no norm took in.
func (p *program) affine(n *graph.Node) error {
	p.fetch(n.Inputs...)
	hw, channels := n.Shape[2]*n.Shape[3], n.Shape[1]
	at := lowering.AffineOf(n)
	p.add(n.Shape[0]*channels, 0, func(t int, _ *worker) {
		sample, c := t/channels, t%channels
		scale := p.mem[n.Inputs[1].ID][sample*at.ScaleStride+c]
		shift := p.mem[n.Inputs[2].ID][sample*at.ShiftStride+c]
		y := p.mem[n.ID][t*hw:][:hw]
		for i, v := range p.mem[n.Inputs[0].ID][t*hw:][:hw] {
			y[i] = v*scale + shift
		}
	})
	return nil
}

// gemm adds the step of a linear layer. With a handful of rows it is bound by reading the weights, which it does once.
func (p *program) gemm(n *graph.Node) error {
	p.fetch(n.Inputs...)
	const rows = 32 // of weights per tile
	samples, outputs, inputs := n.Shape[0], n.Shape[1], n.Inputs[1].Shape[1]
	p.add((outputs+rows-1)/rows, 0, func(t int, _ *worker) {
		x, w, y := p.mem[n.Inputs[0].ID], p.mem[n.Inputs[1].ID], p.mem[n.ID]
		for o := t * rows; o < min((t+1)*rows, outputs); o++ {
			bias := float32(0)
			if len(n.Inputs) == 3 {
				bias = p.mem[n.Inputs[2].ID][o]
			}
			for s := range samples {
				y[s*outputs+o] = bias + dot(x[s*inputs:][:inputs], w[o*inputs:][:inputs])
			}
		}
	})
	return nil
}

func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
