package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// maxStepFLOPs bounds one dispatch of a convolution. Chrome kills jobs near 10 s, and software adapters do less than 1 GFLOP/s;
// on a real GPU a dispatch of this size is long enough for its overhead not to count.
const maxStepFLOPs = 2e9

// lowerConv packs the weights and convolves, as many tiles of output channels at a time as stay within maxFLOPs, or one.
func lowerConv(n *graph.Node, maxFLOPs int64) lowered {
	x, w := n.Inputs[0], n.Inputs[1]
	outputs, inputs, kernel := w.Shape[0], w.Shape[1], w.Shape[2]
	bias := x // unread, but every binding needs some buffer
	if len(n.Inputs) > 2 {
		bias = n.Inputs[2]
	}
	tiles := (outputs + shaders.ConvChannels - 1) / shaders.ConvChannels
	packed := tiles * shaders.ConvChannels * w.Shape[1:].Elems()

	pack := overCount(shaders.Pack{}, packed, outputs, inputs, kernel*kernel)
	pack.operands = []operand{{node: w}, {scratch: 0}}
	l := lowered{steps: []step{pack}, scratch: []int{packed}}

	pixels := n.Shape[0] * n.Shape[2] * n.Shape[3]
	columns, rows := grid((pixels + shaders.ConvPixels - 1) / shaders.ConvPixels)
	tileFLOPs := 2 * int64(pixels) * shaders.ConvChannels * int64(w.Shape[1:].Elems())
	tilesPerStep := int(min(max(maxFLOPs/tileFLOPs, 1), 65535))
	for first := 0; first < tiles; first += tilesPerStep {
		count := min(tilesPerStep, tiles-first)
		l.steps = append(l.steps, step{
			kernel:   shaders.Conv{Act: activation(n.Act)},
			operands: []operand{{node: x}, {scratch: 0}, {node: bias}, {node: n}},
			dims: words(inputs, x.Shape[2], x.Shape[3], outputs, n.Shape[2], n.Shape[3], pixels, int(columns),
				kernel, n.Stride, n.Pad, padMode(n.PadMode), flag(n.Upsample), flag(len(n.Inputs) > 2), first),
			groups: [3]uint32{columns, rows, uint32(count)},
			flops:  tileFLOPs * int64(count),
		})
	}
	return l
}

// padMode maps the graph's padding modes to those of conv.wgsl.
func padMode(m graph.PadMode) int {
	return [...]int{graph.PadZero: 0, graph.PadReflect: 1, graph.PadReplicate: 2}[m]
}

func lowerGemm(n *graph.Node) lowered {
	x, w := n.Inputs[0], n.Inputs[1]
	bias := x
	if len(n.Inputs) > 2 {
		bias = n.Inputs[2]
	}
	s := overCount(shaders.Gemm{}, n.Shape.Elems(), w.Shape[1], w.Shape[0], flag(len(n.Inputs) > 2))
	s.flops = 2 * int64(n.Shape.Elems()) * int64(w.Shape[1])
	for _, in := range []*graph.Node{x, w, bias, n} {
		s.operands = append(s.operands, operand{node: in})
	}
	return one(s)
}
