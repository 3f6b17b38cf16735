package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// lowerConv packs the weights and convolves: all at once if that is at most maxFLOPs, else some tiles of output channels at a time, and if one
// tile is too long for all pixels, some pixels at a time.
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
	lines := (pixels + shaders.ConvPixels - 1) / shaders.ConvPixels // workgroups of one tile
	groupFLOPs := 2 * shaders.ConvPixels * shaders.ConvChannels * int64(w.Shape[1:].Elems())
	groupsPerStep := int(max(maxFLOPs/groupFLOPs, 1))
	tilesPerStep, linesPerStep := max(min(groupsPerStep/lines, 65535), 1), min(groupsPerStep, lines)
	for tile := 0; tile < tiles; tile += tilesPerStep {
		for line := 0; line < lines; line += linesPerStep {
			columns, rows := grid(min(linesPerStep, lines-line))
			groups := [3]uint32{columns, rows, uint32(min(tilesPerStep, tiles-tile))}
			l.steps = append(l.steps, step{
				kernel:   shaders.Conv{Act: activation(n.Act)},
				operands: []operand{{node: x}, {scratch: 0}, {node: bias}, {node: n}},
				dims: words(inputs, x.Shape[2], x.Shape[3], outputs, n.Shape[2], n.Shape[3], pixels, int(columns),
					kernel, n.Stride, n.Pad, padMode(n.PadMode), flag(n.Upsample), flag(len(n.Inputs) > 2), tile, line),
				groups: groups,
				flops:  groupFLOPs * int64(columns) * int64(rows) * int64(groups[2]),
			})
		}
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
