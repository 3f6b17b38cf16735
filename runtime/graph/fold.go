package graph

// FoldUpsampling makes one node of what Gradient and Fuse leave for the way back through a nearest ×2 upsampling and the 5×5 convolution
// behind it: a FoldPadding with Upsample, whose inputs are the gradient of the convolution's result and the convolution's weights. It changes g,
// and is for executors that have a way to compute such a node with less work than its parts (see package phase).
func FoldUpsampling(g *Graph) {
	if g.err != nil {
		return
	}
	for _, n := range g.nodes {
		if conv, mode := upsamplingGradient(n); conv != nil {
			n.Op, n.Attrs = OpFoldPadding, Attrs{Stride: 1, Pad: 2, PadMode: mode, Upsample: true}
			n.Inputs = []*Node{conv.Inputs[0], conv.Inputs[1].Inputs[0]}
		}
	}
	g.dropDead()
}

// upsamplingGradient finds the convolution of the large gradient if n is the sum, pixel by pixel of the small image, of what that gives.
func upsamplingGradient(n *Node) (conv *Node, mode PadMode) {
	const pixels, kernel, pad = 4, 5, 2
	if n.Op != OpScale || n.Factor != pixels || n.Inputs[0].Op != OpAveragePool {
		return nil, 0
	}
	pool := n.Inputs[0]
	large := pool.Inputs[0]
	if pool.Kernel != 2 || pool.Stride != 2 || pool.Pad != 0 || n.Shape[2] < 2 || n.Shape[3] < 2 || 2*n.Shape[2] != large.Shape[2] || 2*n.Shape[3] != large.Shape[3] {
		return nil, 0
	}
	conv, wide := large, pad
	if large.Op == OpFoldPadding && !large.Upsample && large.Stride == 1 && large.Pad == pad {
		conv, mode, wide = large.Inputs[0], large.PadMode, kernel-1
	}
	if conv.Op != OpConv || conv.Upsample || conv.Act != ActNone || len(conv.Inputs) != 2 || conv.Stride != 1 || conv.Pad != wide || conv.PadMode != PadZero {
		return nil, 0
	}
	if flip := conv.Inputs[1]; flip.Op != OpFlipKernels || flip.Stride != 1 || flip.Shape[2] != kernel {
		return nil, 0
	}
	return conv, mode
}
