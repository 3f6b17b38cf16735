package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/runtime/phase"
	"github.com/webmunit/webmunit/shaders"
)

const (
	// winogradScratch bounds each of the two memories between the steps, in elements (64 MiB): a large image goes block by block.
	winogradScratch = 64 << 20 / 4
	phasesInside    = phase.Inside * phase.Inside // of a folded convolution: those that are not at its border
	// weightsScratch is where weights lie that are transformed in each run, behind what the steps share and what a norm reads.
	weightsScratch = momentsScratch + 1
)

// winograd is a way to compute a convolution by Winograd's minimal filtering with squares of one size.
type winograd struct {
	square shaders.Square
	tile   int // output channels of an invocation of the product, or inGroup
}

// inGroup is the tile of the product with workgroup memory.
const inGroup = 0

// layout is that of the weights.
func (w winograd) layout(folded bool) layout {
	return map[winogradLayout]layout{
		{2, false}: layoutWinograd2, {4, false}: layoutWinograd4,
		{2, true}: layoutWinogradPhases2, {4, true}: layoutWinogradPhases4,
	}[winogradLayout{w.square, folded}]
}

// fits takes a 3×3 convolution. A model's weights are transformed ahead, others in each run.
func (w winograd) fits(n *graph.Node, t traits) bool {
	return lowering.Winograd(n) && (trains || lowering.Fixed(n.Inputs[1])) && !n.Upsample && t.holds(w.layout(false).elems(n.Inputs[1].Shape))
}

// fitsPhases takes an upsampling with a 5×5 kernel, whose phases are 3×3 convolutions of the small image.
func (w winograd) fitsPhases(n *graph.Node, t traits) bool {
	return fitsPhases(n, t) && lowering.WinogradPays(n) && t.holds(w.layout(true).elems(n.Inputs[1].Shape))
}

func (w winograd) lower(n *graph.Node, budget int64) lowered {
	weights := n.Inputs[1]
	s := squares{n: n, winograd: w, weights: operand{node: weights, layout: w.layout(false)}, rows: n.Shape[1],
		height: n.Shape[2], width: n.Shape[3], pad: n.Pad, mode: n.PadMode, step: 1}
	if !trains || lowering.Fixed(weights) {
		return s.steps(budget)
	}
	s.weights = operand{scratch: weightsScratch}
	l := s.steps(budget)
	l.keep(weightsScratch, w.layout(false).elems(weights.Shape))
	l.steps = append([]step{w.transformed(weights)}, l.steps...)
	return l
}

// lowerPhases computes the four phases inside as one convolution of four times the channels, and those of reflection's border as they are.
func (w winograd) lowerPhases(n *graph.Node, budget int64) lowered {
	x := n.Inputs[0].Shape
	s := squares{n: n, winograd: w, weights: operand{node: n.Inputs[1], layout: w.layout(true)}, rows: phasesInside * n.Shape[1],
		height: x[2], width: x[3], pad: 1, mode: n.PadMode, step: 2}
	if n.PadMode == graph.PadReflect {
		s.mode, s.border = graph.PadReplicate, 1 // any mode would do: only what lies at the border sees the padding
	}
	l := s.steps(budget)
	l.steps = append(l.steps, foldedConv(n, tile8x8).border(budget)...)
	return l
}

// squares is a 3×3 convolution of stride 1 by Winograd's filtering. It counts in squares of the output, all samples' in a row.
type squares struct {
	winograd
	n             *graph.Node
	weights       operand
	rows          int // output channels, of all phases
	height, width int // of the output, of a phase
	pad           int
	mode          graph.PadMode
	step, border  int // see winograd_output.wgsl
}

// steps transform, multiply and transform back, a block of squares at a time.
func (s squares) steps(budget int64) lowered {
	frequencies, inputs, rows := s.square.Frequencies(), s.n.Inputs[0].Shape[1], rounded(s.rows, shaders.WinogradChannels)
	samples := s.n.Shape[0]
	all := samples * s.high() * s.wide()
	perRow := 2 * int64(inputs) * int64(rows) // operations of a square in a frequency
	block := min(winogradScratch/(frequencies*max(inputs, rows)), int(budget/max(perRow, s.transform(max(inputs, s.rows)))))
	block = max(min(block/shaders.WinogradSquares*shaders.WinogradSquares, all), shaders.WinogradSquares, samples)
	length := rounded(block, shaders.WinogradSquares)
	parts := s.rows / s.n.Shape[1] * s.high() * s.wide()
	l := lowered{scratch: []int{frequencies * inputs * length, frequencies * rows * length, samples * s.n.Shape[1] * parts * partElems}}
	if s.border == 0 {
		l.parts = parts // else those of the border are missing
	}
	for first := 0; first < all; first += block {
		count := min(block, all-first)
		l.steps = append(l.steps, s.input(first, count, length))
		most := max(int(budget/(perRow*int64(length))), 1)
		for f := 0; f < frequencies; f += most {
			l.steps = append(l.steps, s.product(f, min(most, frequencies-f), length, rows))
		}
		l.steps = append(l.steps, s.output(first, count, length, rows))
	}
	return l
}

func (s squares) high() int { return (s.height + int(s.square) - 1) / int(s.square) }
func (s squares) wide() int { return (s.width + int(s.square) - 1) / int(s.square) }

// transform estimates the operations of a transform of one square in so many channels.
func (s squares) transform(channels int) int64 {
	patch := int64(s.square.Patch())
	return 4 * patch * patch * int64(channels)
}

func (s squares) input(first, count, length int) step {
	x := s.n.Inputs[0]
	dims := &shaders.WinogradInputDims{First: first, RowLength: length, Inputs: x.Shape[1], Height: x.Shape[2], Width: x.Shape[3], Samples: x.Shape[0],
		High: s.high(), Wide: s.wide(), Pad: s.pad, Mode: padMode(s.mode)}
	d := overCount(shaders.WinogradInput{Square: s.square}, count*x.Shape[1], dims)
	dims.Count = count
	d.operands = []operand{{node: x}, {scratch: 0}}
	d.flops = s.transform(x.Shape[1]) * int64(count)
	return d
}

func (s squares) product(first, frequencies, length, rows int) step {
	inputs := s.n.Inputs[0].Shape[1]
	d := step{
		operands: []operand{s.weights, {scratch: 0}, {scratch: 1}},
		dims: &shaders.WinogradProductDims{RowLength: length, Inputs: inputs, Outputs: rows, First: first, Last: s.square.Frequencies() - 1,
			Samples: s.n.Shape[0]},
		flops: 2 * int64(inputs) * int64(rows) * int64(length) * int64(frequencies),
	}
	if s.tile == inGroup {
		across := func(n int) uint32 { return uint32((n + shaders.WinogradGroupTile - 1) / shaders.WinogradGroupTile) }
		d.kernel, d.groups = shaders.WinogradGroup{}, [3]uint32{across(length), across(rows), uint32(frequencies)}
	} else {
		groups := (length/shaders.WinogradSquares*(rows/s.tile) + 63) / 64
		d.kernel, d.groups = shaders.WinogradProduct{Outputs: s.tile}, [3]uint32{uint32(groups), 1, uint32(frequencies)}
	}
	return d
}

func (s squares) output(first, count, length, rows int) step {
	n := s.n
	bias := n.Inputs[0] // unread, but every binding needs some buffer
	if len(n.Inputs) > 2 {
		bias = n.Inputs[2]
	}
	dims := &shaders.WinogradOutputDims{First: first, RowLength: length, MRows: rows, Outputs: n.Shape[1], OutHeight: n.Shape[2], OutWidth: n.Shape[3],
		High: s.high(), Wide: s.wide(), Step: s.step, Border: s.border, HasBias: len(n.Inputs) > 2, Act: activation(n.Act)}
	d := overCount(shaders.WinogradOutput{Square: s.square}, count*s.rows, dims)
	dims.Count = count
	d.operands = []operand{{scratch: 1}, {node: bias}, {node: n}, {scratch: momentsScratch}}
	d.flops = s.transform(s.rows) * int64(count)
	return d
}
