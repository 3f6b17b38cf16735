package shaders

import _ "embed"

// Strided copies with other strides, and fills.
type Strided struct{}

//go:embed strided.wgsl
var stridedSource string

func (Strided) Label() string      { return "strided" }
func (Strided) Source() string     { return stridedSource }
func (Strided) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Strided) Dims() any          { return &StridedDims{} }

// StridedDims: see strided.wgsl.
type StridedDims struct {
	Grid
	High, Wide           int
	Outer, Middle, Inner int
	Start, Limit         int
	Value                float32
}

// FlipKernels makes the kernels of a convolution's adjoint.
type FlipKernels struct{}

//go:embed flip_kernels.wgsl
var flipKernelsSource string

func (FlipKernels) Label() string      { return "flip kernels" }
func (FlipKernels) Source() string     { return flipKernelsSource }
func (FlipKernels) Bindings() []Access { return []Access{Read, ReadWrite} }
func (FlipKernels) Dims() any          { return &FlipKernelsDims{} }

// FlipKernelsDims: see flip_kernels.wgsl.
type FlipKernelsDims struct {
	Grid
	Outputs, Inputs      int
	Kernel, Stride, Taps int
}

// FoldPadding is the adjoint of padding.
type FoldPadding struct{}

//go:embed fold_padding.wgsl
var foldPaddingSource string

func (FoldPadding) Label() string      { return "fold padding" }
func (FoldPadding) Source() string     { return foldPaddingSource }
func (FoldPadding) Bindings() []Access { return []Access{Read, ReadWrite} }
func (FoldPadding) Dims() any          { return &FoldPaddingDims{} }

// FoldPaddingDims: see fold_padding.wgsl.
type FoldPaddingDims struct {
	Grid
	Channels, Height, Width int
	InHeight, InWidth       int
	Stride, Pad             int
	Mode                    PadMode
}
