package gpu

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/shaders"
)

// inInt8 convolves quantised numbers; packed, four in one instruction.
type inInt8 struct{ packed bool }

// fitsInt8 takes the weights of a model, which the host quantises, and enough channels to fill the fours in which they are multiplied. It
// leaves out convs that downsample: few pixels take in all of a drawing there, and these convs alone cost more than all others (avatars: 36.6 dB against 50 and more).
func fitsInt8(n *graph.Node, _ traits) bool {
	return lowering.Fixed(n.Inputs[1]) && n.Inputs[0].Shape[1] >= 4 && n.Stride == 1
}

// lower quantises x by its largest magnitude, sample by sample, and convolves the integers.
func (k inInt8) lower(n *graph.Node, budget int64) lowered {
	const parts = 256 // of a sample, to find the largest magnitude of
	x := n.Inputs[0]
	samples, inputs, plane := x.Shape[0], x.Shape[1], x.Shape[2]*x.Shape[3]
	elems := samples * fours(inputs) * plane
	l := lowered{scratch: []int{samples * parts, samples, elems + samples}}
	first := overCount(shaders.Largest{}, samples*parts, &shaders.LargestDims{Size: inputs * plane, Parts: parts})
	first.operands = []operand{{node: x}, {scratch: 0}}
	first.flops = int64(x.Shape.Elems())
	second := overCount(shaders.Largest{}, samples, &shaders.LargestDims{Size: parts, Parts: 1})
	second.operands = []operand{{scratch: 0}, {scratch: 1}}
	dims := &shaders.QuantiseDims{Samples: samples, Channels: inputs, Plane: plane}
	quantise := overCount(shaders.Quantise{}, elems+samples, dims)
	dims.Count = elems
	quantise.operands = []operand{{node: x}, {scratch: 1}, {scratch: 2}}

	c := plainConv(n, operand{node: n.Inputs[1], layout: layoutInt8},
		tiling{shaders.ConvInt8{Packed: k.packed}, shaders.ConvInt8Pixels, shaders.ConvInt8Channels})
	c.x, c.inputs = operand{scratch: 2}, fours(inputs)
	l.steps = append([]step{first, second, quantise}, c.steps(budget)...)
	return l
}

func fours(channels int) int { return (channels + 3) / 4 }

// int8Elems is the size of packInt8's result for a weight [O, I, H, W].
func int8Elems(s graph.Shape) int {
	return packedElems(s[0], fours(s[1])*s[2]*s[3]) + packedElems(s[0], 1)
}

// packInt8 quantises a weight [O, I, H, W], each output channel by its largest magnitude, and lays it out as conv_int8.wgsl reads it. Its float32s
// are the bits of others.
func packInt8(values []float32, s graph.Shape) []float32 {
	outputs, inputs, taps := s[0], s[1], s[2]*s[3]
	packed := make([]float32, int8Elems(s))
	steps := packed[packedElems(outputs, fours(inputs)*taps):]
	for o := range outputs {
		filter := values[o*inputs*taps:][:inputs*taps]
		largest := float32(1e-30)
		for _, v := range filter {
			largest = max(largest, v, -v)
		}
		steps[o] = largest / 127
		for i, four := range fourthsOf(filter, inputs, taps, steps[o]) { // [taps, fours]
			at := (o/shaders.ConvPack*taps*fours(inputs)+i)*shaders.ConvPack + o%shaders.ConvPack
			packed[at] = math.Float32frombits(four)
		}
	}
	return packed
}

// fourthsOf quantises a filter [I, taps] to [taps, ceil(I/4)] of four channels each, the first in the lowest byte.
func fourthsOf(filter []float32, inputs, taps int, step float32) []uint32 {
	packed := make([]uint32, taps*fours(inputs))
	for c := range inputs {
		for tap := range taps {
			q := int8(math.Round(float64(filter[c*taps+tap] / step)))
			packed[tap*fours(inputs)+c/4] |= uint32(uint8(q)) << (c % 4 * 8)
		}
	}
	return packed
}
