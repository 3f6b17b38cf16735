package shaders

import (
	_ "embed"
	"fmt"
)

// Square is the side of the squares of output pixels that Winograd's filtering computes at a time: F(Square×Square, 3×3).
type Square uint8

// Patch is the side of what a square of pixels sees of the input.
func (s Square) Patch() int { return int(s) + 2 }

// Frequencies are how many numbers the product takes for a square: those of its patch, and one for the constant that was taken out.
func (s Square) Frequencies() int { return s.Patch()*s.Patch() + 1 }

func (s Square) source(source string) string {
	return fmt.Sprintf("const SQUARE: u32 = %du;\nconst PATCH: u32 = %du;\n", s, s.Patch()) + source
}

// WinogradInput transforms patches of the input.
type WinogradInput struct{ Square Square }

//go:embed winograd_input.wgsl
var winogradInputSource string

func (k WinogradInput) Label() string    { return fmt.Sprintf("winograd %d input", k.Square) }
func (k WinogradInput) Source() string   { return k.Square.source(winogradInputSource) }
func (WinogradInput) Bindings() []Access { return []Access{Read, ReadWrite} }
func (WinogradInput) Dims() any          { return &WinogradInputDims{} }

// WinogradInputDims: see winograd_input.wgsl.
type WinogradInputDims struct {
	Grid
	First, RowLength               int
	Inputs, Height, Width, Samples int
	High, Wide                     int
	Pad                            int
	Mode                           PadMode
}

// WinogradProduct multiplies frequencies. Outputs are the output channels of an invocation's tile: 8 or 16.
type WinogradProduct struct{ Outputs int }

// WinogradChannels and WinogradSquares are what output channels and squares are rounded up to.
const (
	WinogradChannels = 16
	WinogradSquares  = 8
)

//go:embed winograd_product.wgsl
var winogradProductSource string

func (k WinogradProduct) Label() string { return fmt.Sprintf("winograd product %d", k.Outputs) }
func (k WinogradProduct) Source() string {
	return fmt.Sprintf("const OUTPUTS: u32 = %du;\n", k.Outputs) + winogradProductSource
}
func (WinogradProduct) Bindings() []Access { return []Access{Read, Read, ReadWrite} }
func (WinogradProduct) Dims() any          { return &WinogradProductDims{} }

// WinogradProductDims: see winograd_product.wgsl and winograd_group.wgsl.
type WinogradProductDims struct {
	RowLength, Inputs, Outputs int
	First, Last, Samples       int
}

// WinogradGroup multiplies frequencies with workgroup memory.
type WinogradGroup struct{}

// WinogradGroupTile is how many output channels, and squares, a workgroup of WinogradGroup computes.
const WinogradGroupTile = 64

//go:embed winograd_group.wgsl
var winogradGroupSource string

func (WinogradGroup) Label() string      { return "winograd product group" }
func (WinogradGroup) Source() string     { return winogradGroupSource }
func (WinogradGroup) Bindings() []Access { return []Access{Read, Read, ReadWrite} }
func (WinogradGroup) Dims() any          { return &WinogradProductDims{} }

// WinogradOutput transforms sums of frequencies to pixels.
type WinogradOutput struct{ Square Square }

//go:embed winograd_output.wgsl
var winogradOutputSource string

func (k WinogradOutput) Label() string { return fmt.Sprintf("winograd %d output", k.Square) }
func (k WinogradOutput) Source() string {
	return k.Square.source(activationSource + winogradOutputSource)
}
func (WinogradOutput) Bindings() []Access { return []Access{Read, Read, ReadWrite, ReadWrite} }
func (WinogradOutput) Dims() any          { return &WinogradOutputDims{} }

// WinogradOutputDims: see winograd_output.wgsl.
type WinogradOutputDims struct {
	Grid
	First, RowLength, MRows      int
	Outputs, OutHeight, OutWidth int
	High, Wide                   int
	Step, Border                 int
	HasBias                      bool
	Act                          Act
}
