package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/phase"
	"github.com/webmunit/webmunit/shaders"
)

// layout says how a weight lies in device memory. A Params packs each weight once in each layout that a plan binds.
type layout uint8

const (
	layoutRaw             layout = iota // row-major, as the source gives it
	layoutPacked                        // as conv.wgsl reads the weights of a plain convolution
	layoutInt8                          // as conv_int8.wgsl reads them
	layoutPhases                        // as it reads those folded for the phases of zero and replicate padding
	layoutReflectPhases                 // and of reflection
	layoutWinograd2                     // as winograd_product.wgsl reads a 3×3 kernel's frequencies, for squares of 2×2
	layoutWinograd4                     // and of 4×4
	layoutWinogradPhases2               // those of the phases inside a convolution folded with an upsampling, for squares of 2×2
	layoutWinogradPhases4               // and of 4×4
)

// phasesOf is the layout for the phases of a convolution.
func phasesOf(mode graph.PadMode) layout {
	if mode == graph.PadReflect {
		return layoutReflectPhases
	}
	return layoutPhases
}

// lines are the lines of an axis whose folds a layout of phases holds, all pairs of rows and columns.
func (l layout) lines() []phase.Line {
	mode := graph.PadZero
	if l == layoutReflectPhases {
		mode = graph.PadReflect
	}
	return phase.Folds(mode)
}

// elems is the size of a weight [O, I, H, W], or of any shape if raw.
func (l layout) elems(shape graph.Shape) int {
	if w, ok := l.winograd(); ok {
		return w.elems(shape)
	}
	switch l {
	case layoutRaw:
		return shape.Elems()
	case layoutPacked:
		return packedElems(shape[0], shape[1:].Elems())
	case layoutInt8:
		return int8Elems(shape)
	}
	lines := len(l.lines())
	return lines * lines * packedElems(shape[0], shape[1]*phase.Taps*phase.Taps)
}

// packedElems is the size of packed weights of perOutput elements for each output channel.
func packedElems(outputs, perOutput int) int {
	return (outputs + shaders.ConvPack - 1) / shaders.ConvPack * shaders.ConvPack * perOutput
}

// pack lays out the values of a weight of a shape.
func (l layout) pack(values []float32, shape graph.Shape) []float32 {
	if w, ok := l.winograd(); ok {
		return w.pack(values, shape)
	}
	switch l {
	case layoutRaw:
		return values
	case layoutPacked:
		return pack([][]float32{values}, shape[0], shape[1])
	case layoutInt8:
		return packInt8(values, shape)
	}
	var folded [][]float32
	for _, rows := range l.lines() {
		for _, columns := range l.lines() {
			folded = append(folded, phase.Weights(rows.Fold, columns.Fold, values))
		}
	}
	return pack(folded, shape[0], shape[1])
}

// pack reorders weights [folds][O, I, taps] to [O/8, folds, taps, I, 8] as pack.wgsl does: output channels are rounded up to eights by zeros.
func pack(folds [][]float32, outputs, inputs int) []float32 {
	taps := len(folds[0]) / (outputs * inputs)
	packed := make([]float32, 0, len(folds)*packedElems(outputs, inputs*taps))
	for tile := 0; tile < outputs; tile += shaders.ConvPack {
		for _, weights := range folds {
			for tap := range taps {
				for c := range inputs {
					for o := tile; o < tile+shaders.ConvPack; o++ {
						var w float32
						if o < outputs {
							w = weights[(o*inputs+c)*taps+tap]
						}
						packed = append(packed, w)
					}
				}
			}
		}
	}
	return packed
}
