package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/runtime/phase"
	"github.com/webmunit/webmunit/shaders"
)

// tiling is a kernel that convolves (conv.wgsl, or one that takes the same dims), and how many output pixels and channels a workgroup computes.
type tiling struct {
	shader           shaders.Kernel
	pixels, channels int
}

// inRegisters is conv.wgsl with a tile.
func inRegisters(tile shaders.ConvTile) tiling {
	return tiling{shaders.Conv{Tile: tile}, tile.GroupPixels(), tile.GroupChannels()}
}

// direct convolves with packed weights. Those of a model are packed once, those that the graph computes here, in every run.
func (t tiling) direct(n *graph.Node, budget int64) lowered {
	w := n.Inputs[1]
	if lowering.Fixed(w) {
		return lowered{steps: plainConv(n, operand{node: w, layout: layoutPacked}, t).steps(budget)}
	}
	packed := layoutPacked.elems(w.Shape)
	s := overCount(shaders.Pack{}, packed, &shaders.PackDims{Outputs: w.Shape[0], Inputs: w.Shape[1], Taps: w.Shape[2:].Elems()})
	s.operands = []operand{{node: w}, {scratch: 0}}
	return lowered{steps: append([]step{s}, plainConv(n, operand{scratch: 0}, t).steps(budget)...), scratch: []int{packed}}
}

// conv is a convolution, or a part of one, as conv.wgsl takes it.
type conv struct {
	tiling
	n                   *graph.Node
	x, weights          operand
	inputs              int // channels of x, as the shader counts them
	folds               int // of the weights
	kernel, stride, pad int
	mode                graph.PadMode
	upsample            bool
	step                int // between the pixels of a line
	rows, columns       []shaders.ConvLine
}

func plainConv(n *graph.Node, weights operand, t tiling) conv {
	return conv{tiling: t, n: n, x: operand{node: n.Inputs[0]}, inputs: n.Inputs[0].Shape[1], weights: weights, folds: 1,
		kernel: n.Inputs[1].Shape[2], stride: n.Stride, pad: n.Pad, mode: n.PadMode,
		upsample: n.Upsample, step: 1, rows: []shaders.ConvLine{{Count: n.Shape[2]}}, columns: []shaders.ConvLine{{Count: n.Shape[3]}}}
}

// fitsPhases takes an upsampling with a 5×5 kernel, of weights that are a model's: only those can be folded.
func fitsPhases(n *graph.Node, t traits) bool {
	w := n.Inputs[1]
	return lowering.Fixed(w) && lowering.Phases(n) && t.holds(phasesOf(n.PadMode).elems(w.Shape))
}

// phases convolves the small image by folded 3×3 kernels (runtime/phase).
func (t tiling) phases(n *graph.Node, budget int64) lowered {
	c := foldedConv(n, t)
	lines := c
	lines.rows, lines.columns = c.rows[:phase.Inside], c.columns[:phase.Inside]
	return lowered{steps: append(lines.steps(budget), c.border(budget)...)}
}

// foldedConv has all lines of a convolution that is folded with an upsampling.
func foldedConv(n *graph.Node, t tiling) conv {
	x, l := n.Inputs[0].Shape, phasesOf(n.PadMode)
	rows, columns := phase.Lines(x[2], n.PadMode), phase.Lines(x[3], n.PadMode)
	c := conv{tiling: t, n: n, x: operand{node: n.Inputs[0]}, inputs: x[1], weights: operand{node: n.Inputs[1], layout: l}, folds: len(rows) * len(columns), kernel: phase.Taps, stride: 1, pad: 1,
		mode: n.PadMode, step: 2}
	if c.mode == graph.PadReflect {
		c.mode = graph.PadReplicate // the folds reflect; what a line reads beyond the image is its nearest pixel
	}
	for i, r := range rows {
		c.rows = append(c.rows, shaders.ConvLine{First: r.First, Count: r.Count, Center: r.Center, Fold: i * len(columns)})
	}
	for i, r := range columns {
		c.columns = append(c.columns, shaders.ConvLine{First: r.First, Count: r.Count, Center: r.Center, Fold: i})
	}
	return c
}

// border computes the thin lines at the border of a folded convolution, which only reflection has: apart from those inside, so that the pairs
// of lines of a dispatch have about as many pixels each.
func (c conv) border(budget int64) []step {
	if len(c.rows) == phase.Inside {
		return nil
	}
	columns, rows := c, c
	columns.rows, columns.columns = c.rows[:phase.Inside], c.columns[phase.Inside:]
	rows.rows = c.rows[phase.Inside:]
	return append(columns.steps(budget), rows.steps(budget)...)
}

// steps convolves all at once if that is at most budget operations, else some tiles of output channels at a time, and if one tile is too long for
// all pixels, some pixels at a time.
func (c conv) steps(budget int64) []step {
	x, n := c.n.Inputs[0], c.n
	outputs, pairs := n.Shape[1], len(c.rows)*len(c.columns)
	bias := x // unread, but every binding needs some buffer
	if len(n.Inputs) > 2 {
		bias = n.Inputs[2]
	}
	tiles := (outputs + c.channels - 1) / c.channels
	lines := (n.Shape[0]*longest(c.rows)*longest(c.columns) + c.pixels - 1) / c.pixels              // workgroups of one tile and pair
	groupFLOPs := 2 * int64(c.pixels) * int64(c.channels) * int64(c.inputs*c.kernel*c.kernel*pairs) // of one in each pair
	groupsPerStep := int(max(budget/groupFLOPs, 1))
	tilesPerStep, linesPerStep := max(min(groupsPerStep/lines, 65535/pairs), 1), min(groupsPerStep, lines)
	var steps []step
	for tile := 0; tile < tiles; tile += tilesPerStep {
		for line := 0; line < lines; line += linesPerStep {
			columns, rows := grid(min(linesPerStep, lines-line))
			deep := min(tilesPerStep, tiles-tile)
			dims := &shaders.ConvDims{
				Inputs: c.inputs, Height: x.Shape[2], Width: x.Shape[3], Outputs: outputs, OutHeight: n.Shape[2], OutWidth: n.Shape[3],
				Samples: n.Shape[0], Row: int(columns), Kernel: c.kernel, Stride: c.stride, Pad: c.pad, Mode: padMode(c.mode), Upsample: c.upsample,
				HasBias: len(n.Inputs) > 2, Act: activation(n.Act), FirstTile: tile, FirstLine: line, Folds: c.folds, Step: c.step,
				Rows: len(c.rows), Columns: len(c.columns),
			}
			copy(dims.RowLines[:], c.rows)
			copy(dims.ColumnLines[:], c.columns)
			steps = append(steps, step{
				kernel:   c.shader,
				operands: []operand{c.x, c.weights, {node: bias}, {node: n}},
				dims:     dims,
				groups:   [3]uint32{columns, rows, uint32(deep * pairs)},
				flops:    groupFLOPs * int64(columns) * int64(rows) * int64(deep),
			})
		}
	}
	return steps
}

// longest is the most pixels of a line.
func longest(lines []shaders.ConvLine) int {
	most := 0
	for _, l := range lines {
		most = max(most, l.Count)
	}
	return most
}

// padMode maps the graph's padding modes to those of the kernels.
func padMode(m graph.PadMode) shaders.PadMode {
	return [...]shaders.PadMode{graph.PadZero: shaders.PadZero, graph.PadReflect: shaders.PadReflect, graph.PadReplicate: shaders.PadReplicate}[m]
}

func lowerGemm(n *graph.Node) lowered {
	x, w := n.Inputs[0], n.Inputs[1]
	bias := x
	if len(n.Inputs) > 2 {
		bias = n.Inputs[2]
	}
	s := overCount(shaders.Gemm{}, n.Shape.Elems(), &shaders.GemmDims{Inputs: w.Shape[1], Outputs: w.Shape[0], HasBias: len(n.Inputs) > 2})
	s.flops = 2 * int64(n.Shape.Elems()) * int64(w.Shape[1])
	for _, in := range []*graph.Node{x, w, bias, n} {
		s.operands = append(s.operands, operand{node: in})
	}
	return one(s)
}
