package shaders

import (
	_ "embed"
	"fmt"
)

// Conv convolves with packed weights. Everything but the tile is in its dims, so that a network needs few pipelines.
type Conv struct{ Tile ConvTile }

// ConvTile says what Conv's workgroup of 64 invocations computes: Lanes invocations along pixels, the others along output channels, and of each
// invocation Pixels (4 or 8) by Channels (4 or 8).
type ConvTile struct{ Pixels, Channels, Lanes int }

// GroupPixels is how many output pixels a workgroup computes.
func (t ConvTile) GroupPixels() int { return t.Pixels * t.Lanes }

// GroupChannels is how many output channels it computes of each.
func (t ConvTile) GroupChannels() int { return t.Channels * 64 / t.Lanes }

func (t ConvTile) String() string { return fmt.Sprintf("%dx%d/%d", t.Pixels, t.Channels, t.Lanes) }

// ConvDims: see conv_window.wgsl.
type ConvDims struct {
	RowLines, ColumnLines        [ConvLines]ConvLine
	Inputs, Height, Width        int
	Outputs, OutHeight, OutWidth int
	Samples                      int
	Row                          int
	Kernel, Stride, Pad          int
	Mode                         PadMode
	Upsample, HasBias            bool
	Act                          Act
	FirstTile, FirstLine         int
	Folds, Step                  int
	Rows, Columns                int
}

// ConvLine is some rows, or columns, of a convolution's output: see conv_window.wgsl.
type ConvLine struct{ First, Count, Center, Fold int }

// What tiles have in common.
const (
	ConvPack  = 8 // output channels, to which packed weights are rounded up
	ConvLines = 4 // lines of rows, and of columns, that a dispatch takes at most
)

//go:embed conv_window.wgsl
var convWindowSource string

//go:embed conv.wgsl
var convSource string

func (k Conv) Label() string { return "conv " + k.Tile.String() }
func (k Conv) Source() string {
	return fmt.Sprintf("const PIXELS: u32 = %du;\nconst CHANNELS: u32 = %du;\nconst LANES: u32 = %du;\n", k.Tile.Pixels, k.Tile.Channels, k.Tile.Lanes) +
		convFamily(convSource)
}
func (k Conv) Bindings() []Access { return []Access{Read, Read, Read, ReadWrite} }
func (Conv) Dims() any            { return &ConvDims{} }

// ConvGroup is Conv in workgroup memory.
type ConvGroup struct{}

// ConvGroupTile is how many output pixels, and how many channels of each, a workgroup of ConvGroup computes.
const ConvGroupTile = 64

//go:embed conv_group.wgsl
var convGroupSource string

func (ConvGroup) Label() string      { return "conv group" }
func (ConvGroup) Source() string     { return convFamily(convGroupSource) }
func (ConvGroup) Bindings() []Access { return []Access{Read, Read, Read, ReadWrite} }
func (ConvGroup) Dims() any          { return &ConvDims{} }

// convFamily is the source of a kernel with Conv's bindings and dims.
func convFamily(source string) string { return activationSource + convWindowSource + source }

// ConvInt8 is Conv on numbers of 8 bits. Packed, it multiplies four of them in one instruction, which needs the WGSL language feature
// packed_4x8_integer_dot_product.
type ConvInt8 struct{ Packed bool }

// ConvInt8Pixels and ConvInt8Channels are what a workgroup of ConvInt8 computes.
const (
	ConvInt8Pixels   = 64
	ConvInt8Channels = 32
)

//go:embed conv_int8.wgsl
var convInt8Source string

//go:embed dots_packed.wgsl
var dotsPackedSource string

//go:embed dots_unpacked.wgsl
var dotsUnpackedSource string

func (k ConvInt8) Label() string {
	if k.Packed {
		return "conv int8 packed"
	}
	return "conv int8"
}

func (k ConvInt8) Source() string {
	if k.Packed {
		return convFamily(dotsPackedSource + convInt8Source)
	}
	return convFamily(dotsUnpackedSource + convInt8Source)
}

func (ConvInt8) Bindings() []Access { return []Access{Read, Read, Read, ReadWrite} }
func (ConvInt8) Dims() any          { return &ConvDims{} }

// Largest finds the magnitudes by which Quantise scales.
type Largest struct{}

//go:embed largest.wgsl
var largestSource string

func (Largest) Label() string      { return "largest" }
func (Largest) Source() string     { return largestSource }
func (Largest) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Largest) Dims() any          { return &LargestDims{} }

// LargestDims: see largest.wgsl.
type LargestDims struct {
	Grid
	Size, Parts int
}

// Quantise makes what ConvInt8 reads.
type Quantise struct{}

//go:embed quantise.wgsl
var quantiseSource string

func (Quantise) Label() string      { return "quantise" }
func (Quantise) Source() string     { return quantiseSource }
func (Quantise) Bindings() []Access { return []Access{Read, Read, ReadWrite} }
func (Quantise) Dims() any          { return &QuantiseDims{} }

// QuantiseDims: see quantise.wgsl.
type QuantiseDims struct {
	Grid
	Samples, Channels, Plane int
}
