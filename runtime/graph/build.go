package graph

// ConvAttrs are the attributes of Conv.
type ConvAttrs struct {
	Stride, Pad int
	Mode        PadMode
}

// Conv is a 2-D convolution as in PyTorch and ONNX (a correlation) of x [N, I, H, W] with w [O, I, K, K] and bias b [O] or nil,
// after padding by a.Pad on all sides: [N, O, (H+2·Pad−K)/Stride+1, (W+2·Pad−K)/Stride+1].
func (g *Graph) Conv(x, w, b *Node, a ConvAttrs) *Node {
	if !g.check(len(x.Shape) == 4 && len(w.Shape) == 4 && w.Shape[2] == w.Shape[3], OpConv, "x %v and w %v must be NCHW and OIKK", x.Shape, w.Shape) ||
		!g.check(x.Shape[1] == w.Shape[1], OpConv, "x has %d channels, w %v takes %d", x.Shape[1], w.Shape, w.Shape[1]) ||
		!g.check(b == nil || b.Shape.Equal(Shape{w.Shape[0]}), OpConv, "bias must be [%d]", w.Shape[0]) ||
		!g.check(a.Stride >= 1 && a.Pad >= 0, OpConv, "stride %d and pad %d", a.Stride, a.Pad) ||
		!g.check(a.Mode != PadReflect || a.Pad < min(x.Shape[2], x.Shape[3]), OpConv, "reflect padding by %d needs more than %d pixels a side, x is %v", a.Pad, a.Pad, x.Shape) {
		return g.add(OpConv, Shape{1, 1, 1, 1}, Attrs{})
	}
	k := w.Shape[2]
	size := func(n int) int {
		if n+2*a.Pad < k {
			return 0
		}
		return (n+2*a.Pad-k)/a.Stride + 1
	}
	in := []*Node{x, w}
	if b != nil {
		in = append(in, b)
	}
	return g.add(OpConv, Shape{x.Shape[0], w.Shape[0], size(x.Shape[2]), size(x.Shape[3])}, Attrs{Stride: a.Stride, Pad: a.Pad, PadMode: a.Mode}, in...)
}

// Gemm is the linear layer x·wᵀ + b: x [N, I, ...] with its trailing axes flattened, w [O, I], b [O] or nil: [N, O].
func (g *Graph) Gemm(x, w, b *Node) *Node {
	if !g.check(len(x.Shape) >= 2 && len(w.Shape) == 2 && x.Shape[1:].Elems() == w.Shape[1], OpGemm, "x %v does not fit w %v", x.Shape, w.Shape) ||
		!g.check(b == nil || b.Shape.Equal(Shape{w.Shape[0]}), OpGemm, "bias must be [%d]", w.Shape[0]) {
		return g.add(OpGemm, Shape{1, 1}, Attrs{})
	}
	in := []*Node{x, w}
	if b != nil {
		in = append(in, b)
	}
	return g.add(OpGemm, Shape{x.Shape[0], w.Shape[0]}, Attrs{}, in...)
}

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

// Affine is x·scale + shift per channel of x [N, C, H, W]; scale and shift are [C] (gamma, beta) or [N, C] (AdaIN's weight, bias).
func (g *Graph) Affine(x, scale, shift *Node) *Node {
	if g.check(len(x.Shape) == 4, OpAffine, "x must be NCHW, is %v", x.Shape) {
		for _, p := range []*Node{scale, shift} {
			g.check(p.Shape.Equal(x.Shape[1:2]) || p.Shape.Equal(x.Shape[:2]), OpAffine, "scale and shift must be %v or %v, not %v", x.Shape[1:2], x.Shape[:2], p.Shape)
		}
	}
	return g.add(OpAffine, x.Shape, Attrs{}, x, scale, shift)
}

// Add is a + b, of equal shapes.
func (g *Graph) Add(a, b *Node) *Node { return g.binary(OpAdd, a, b) }

// Sub is a − b, of equal shapes.
func (g *Graph) Sub(a, b *Node) *Node { return g.binary(OpSub, a, b) }

// Mul is a · b element by element, of equal shapes.
func (g *Graph) Mul(a, b *Node) *Node { return g.binary(OpMul, a, b) }

func (g *Graph) binary(op Op, a, b *Node) *Node {
	g.check(a.Shape.Equal(b.Shape), op, "shapes %v and %v differ", a.Shape, b.Shape)
	return g.add(op, a.Shape, Attrs{}, a, b)
}

// Scale is factor · x.
func (g *Graph) Scale(x *Node, factor float32) *Node {
	return g.add(OpScale, x.Shape, Attrs{Factor: factor}, x)
}

// Activate applies an activation to each element of x; ActNone is x itself.
func (g *Graph) Activate(a Activation, x *Node) *Node {
	if a == ActNone {
		return x
	}
	return g.add(OpActivation, x.Shape, Attrs{Act: a}, x)
}

// PRelu is max(x, 0) + slope·min(x, 0) with one learned slope [1] (He et al. 2015).
func (g *Graph) PRelu(x, slope *Node) *Node {
	g.check(slope.Shape.Elems() == 1, OpPRelu, "slope must have one element, has %v", slope.Shape)
	return g.add(OpPRelu, x.Shape, Attrs{}, x, slope)
}

// Upsample doubles H and W by repeating pixels (nearest). x is NCHW.
func (g *Graph) Upsample(x *Node) *Node {
	if !g.check(len(x.Shape) == 4, OpUpsample, "x must be NCHW, is %v", x.Shape) {
		return g.add(OpUpsample, x.Shape, Attrs{}, x)
	}
	s := x.Shape
	return g.add(OpUpsample, Shape{s[0], s[1], 2 * s[2], 2 * s[3]}, Attrs{}, x)
}

// AveragePool averages kernel×kernel windows; padding is not counted (count_include_pad = 0). x is NCHW.
func (g *Graph) AveragePool(x *Node, kernel, stride, pad int) *Node {
	if !g.check(len(x.Shape) == 4, OpAveragePool, "x must be NCHW, is %v", x.Shape) ||
		!g.check(kernel > pad && stride >= 1 && min(x.Shape[2], x.Shape[3])+2*pad >= kernel, OpAveragePool, "kernel %d, stride %d, pad %d do not fit %v", kernel, stride, pad, x.Shape) {
		return g.add(OpAveragePool, x.Shape, Attrs{}, x)
	}
	s := x.Shape
	return g.add(OpAveragePool, Shape{s[0], s[1], (s[2]+2*pad-kernel)/stride + 1, (s[3]+2*pad-kernel)/stride + 1},
		Attrs{Kernel: kernel, Stride: stride, Pad: pad}, x)
}

// GlobalAveragePool averages over H×W: [N, C, H, W] to [N, C, 1, 1].
func (g *Graph) GlobalAveragePool(x *Node) *Node {
	if !g.check(len(x.Shape) == 4, OpGlobalAveragePool, "x must be NCHW, is %v", x.Shape) {
		return g.add(OpGlobalAveragePool, x.Shape, Attrs{}, x)
	}
	return g.add(OpGlobalAveragePool, Shape{x.Shape[0], x.Shape[1], 1, 1}, Attrs{}, x)
}

// ReduceMean averages all elements to a [1].
func (g *Graph) ReduceMean(x *Node) *Node {
	return g.add(OpReduceMean, Shape{1}, Attrs{}, x)
}

// Slice copies columns [start, start+length) of x [N, P]: [N, length].
func (g *Graph) Slice(x *Node, start, length int) *Node {
	if !g.check(len(x.Shape) == 2 && start >= 0 && length > 0 && start+length <= x.Shape[1], OpSlice, "columns [%d, %d) of %v", start, start+length, x.Shape) {
		return g.add(OpSlice, Shape{1, 1}, Attrs{}, x)
	}
	return g.add(OpSlice, Shape{x.Shape[0], length}, Attrs{Start: start}, x)
}

// Reshape views x under another shape with as many elements; it costs nothing.
func (g *Graph) Reshape(x *Node, shape ...int) *Node {
	g.check(Shape(shape).Elems() == x.Shape.Elems(), OpReshape, "%v does not have the elements of %v", Shape(shape), x.Shape)
	return g.add(OpReshape, shape, Attrs{}, x)
}
