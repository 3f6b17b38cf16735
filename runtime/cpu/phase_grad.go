//go:build !js

package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
)

// The way back through a ×2 upsampling and the 5×5 convolution behind it goes by phases too (package phase): pixels of dy of one parity meet
// the small image through 3×3 kernels, with 36 % of the work. Replicate padding of the small image is replicate padding of the large one. What
// reflection reads instead differs in the outermost padded lines alone, which one line of dy sees through one line of a kernel: that is the rim.
const parities = 4 // of a pixel's row and column

// parityLines are the folds of both parities of an axis, as if the image had no border.
func parityLines(n int) []phase.Line { return phase.Lines(n, graph.PadReplicate) }

// apart adds the step that takes dy [N, O, 2H, 2W] apart: [N, 4·O, H, W], in blocks of O channels by the parities of row and column.
func (p *program) apart(dy *graph.Node) *graph.Node {
	s := dy.Shape
	small := graph.Shape{s[0], parities * s[1], s[2] / 2, s[3] / 2}
	apart, hw := p.temporary("parities", small), small[2]*small[3]
	p.add(s[0]*s[1], 0, func(t int, _ *worker) {
		takeApart(p.mem[apart.ID][(t/s[1]*small[1]+t%s[1])*hw:], p.mem[dy.ID][t*parities*hw:][:parities*hw], small[2], small[3], s[1]*hw)
	})
	return apart
}

// phaseGradInput adds the steps of an UpsampledConvGrad, dy [N, O, 2H, 2W] and w [O, I, 5, 5] to [N, I, H, W]: a 3×3 convolution of dy
// taken apart.
func (p *program) phaseGradInput(n *graph.Node) error {
	dy, w := n.Inputs[0].Shape, n.Inputs[1].Shape
	conv := &graph.Node{Op: graph.OpConv, ID: n.ID, Name: n.Name, Shape: n.Shape, Inputs: []*graph.Node{p.apart(n.Inputs[0]), p.adjointPhases(n.Inputs[1])},
		Attrs: graph.Attrs{Stride: 1, Pad: 1, PadMode: graph.PadZero}}
	if n.PadMode == graph.PadZero {
		return p.conv(conv)
	}
	padded := p.temporary("padded", graph.Shape{n.Shape[0], n.Shape[1], n.Shape[2] + 2, n.Shape[3] + 2})
	conv.ID, conv.Shape, conv.Pad = padded.ID, padded.Shape, 2
	if err := p.conv(conv); err != nil {
		return err
	}
	p.foldPadding(&graph.Node{Op: graph.OpFoldPadding, ID: n.ID, Name: n.Name, Shape: n.Shape, Inputs: []*graph.Node{padded},
		Attrs: graph.Attrs{Stride: 1, Pad: 1, PadMode: graph.PadReplicate}})
	if n.PadMode == graph.PadReflect {
		hw, sides := n.Shape[2]*n.Shape[3], rims(n.Shape[2], n.Shape[3])
		pieces := divideUp(n.Shape[1], rimChannels)
		var places [][]int32
		for _, r := range sides {
			places = append(places, r.places(dy[1]))
		}
		p.add(n.Shape[0]*pieces, p.owner.leaf.rimScratch(n.Shape, dy[1]), func(t int, worker *worker) {
			sample, first := t/pieces, t%pieces*rimChannels
			all := p.mem[n.Inputs[0].ID][sample*dy[1:].Elems():][:dy[1:].Elems()]
			dx := p.mem[n.ID][sample*n.Shape[1]*hw:][:n.Shape[1]*hw]
			for i, r := range sides {
				r.move(p.owner.leaf, dx, all, p.mem[n.Inputs[1].ID], w, places[i], first, min(first+rimChannels, n.Shape[1]), worker.scratch)
			}
		})
	}
	return nil
}

// fitsPhaseGrad reports whether n is the ConvGradWeight of a convolution that can be folded.
func fitsPhaseGrad(n *graph.Node) bool {
	x := n.Inputs[0].Shape
	return n.Upsample && n.Shape[2] == phase.Kernel && n.Stride == 1 && n.Pad == 2 && x[2] >= 2 && x[3] >= 2
}

// phaseGradWeight adds the steps of a ConvGradWeight of an upsampling convolution: the gradients of the folded kernels of all parities, which are
// unfolded, and what the rim adds.
func (p *program) phaseGradWeight(n *graph.Node) {
	const taps, all = phase.Taps * phase.Taps, phase.Kernel * phase.Kernel
	x, dy := n.Inputs[0], n.Inputs[1]
	h, w, inputs, outputs := x.Shape[2], x.Shape[3], x.Shape[1], dy.Shape[1]
	var rows []placement // the parities of a channel beside each other: a panel
	for o := range outputs {
		for parity := range parities {
			rows = append(rows, placement{first: parities*o*h*w + parity/2*2*w + parity%2, rowStep: 2 * 2 * w, step: 2})
		}
	}
	lines := parityLines(h)
	p.kernelGrad(x, dy, newPhaseGather(n, phase.Line{Count: h}, phase.Line{Count: w}), rows, func(o int, kernels []float32) {
		to := p.mem[n.ID][o*inputs*all:][:inputs*all]
		clear(to)
		for parity := range parities {
			phase.UnfoldInto(to, lines[parity/2].Fold, lines[parity%2].Fold, kernels[parity*inputs*taps:][:inputs*taps])
		}
	})
	if n.PadMode != graph.PadReflect {
		return
	}
	sides := rims(h, w)
	var around []*correlation
	scratch := 0
	for _, r := range sides {
		c := r.correlation(p.owner.leaf, planesOf(dy.Shape), h*w).plan(inputs, len(p.owner.pool.workers))
		c.piece = min(inputs, rimChannels)
		around, scratch = append(around, c), max(scratch, c.scratch())
	}
	p.add(divideUp(inputs, around[0].piece), scratch, func(t int, worker *worker) {
		first := t * around[0].piece
		channels := min(around[0].piece, inputs-first)
		dw := p.mem[n.ID]
		for i, c := range around {
			totals := c.run(p.mem[x.ID], p.mem[dy.ID], x.Shape[0], first, channels, worker.scratch)
			for o := range outputs {
				for k, v := range totals[o*channels*phase.Kernel:][:channels*phase.Kernel] {
					dw[(o*inputs+first+k/phase.Kernel)*all+sides[i].first+k%phase.Kernel*sides[i].step] += v
				}
			}
		}
	})
}

// takeApart writes the pixels of a plane of dy, [2h, 2w], to four planes by the parities of row and column, which are so far apart.
func takeApart(to, dy []float32, h, w, apart int) {
	for y := range 2 * h {
		even, odd := to[y%2*2*apart+y/2*w:][:w], to[(y%2*2+1)*apart+y/2*w:][:w]
		line := dy[y*2*w:][:2*w]
		for x := range even {
			even[x], odd[x] = line[2*x], line[2*x+1]
		}
	}
}

// adjointPhases is the kernels [I, 4·O, 3, 3] that take dy's parities to the gradient of the small image, made once in a run for all that
// share w [O, I, 5, 5].
func (p *program) adjointPhases(w *graph.Node) *graph.Node {
	if a := p.gradients.adjoints[w.ID]; a != nil {
		return a
	}
	const taps = phase.Taps * phase.Taps
	outputs, inputs := w.Shape[0], w.Shape[1]
	a := p.own(graph.Shape{inputs, parities * outputs, phase.Taps, phase.Taps})
	p.add(parities*outputs, inputs*taps, func(t int, worker *worker) {
		lines, kernels := parityLines(2), worker.scratch[:inputs*taps]
		parity, o := t/outputs, t%outputs
		const all = phase.Kernel * phase.Kernel
		phase.FoldInto(kernels, lines[parity/2].Fold, lines[parity%2].Fold, p.mem[w.ID][o*inputs*all:][:inputs*all])
		for c := range inputs {
			to := p.mem[a.ID][(c*parities*outputs+t)*taps:][:taps]
			for i := range to {
				to[i] = kernels[c*taps+taps-1-i]
			}
		}
	})
	if p.gradients.adjoints == nil {
		p.gradients.adjoints = map[int]*graph.Node{}
	}
	p.gradients.adjoints[w.ID] = a
	return a
}

// gradients is what the steps of a backward pass share.
type gradients struct {
	adjoints    map[int]*graph.Node // the kernels that adjointPhases makes in each run, by their weights' ID
	temporaries map[temporaryKey]*graph.Node
}

// temporaryKey is what a temporary node is for, and its size.
type temporaryKey struct {
	use   string
	elems int
}

// temporary is a node that is not of the graph, whose memory later nodes of one use and size take over.
func (p *program) temporary(use string, s graph.Shape) *graph.Node {
	if p.gradients.temporaries == nil {
		p.gradients.temporaries = map[temporaryKey]*graph.Node{}
	}
	key := temporaryKey{use, s.Elems()}
	if p.gradients.temporaries[key] == nil {
		p.gradients.temporaries[key] = p.own(s)
	}
	return &graph.Node{Op: graph.OpConv, ID: p.gradients.temporaries[key].ID, Shape: s}
}
