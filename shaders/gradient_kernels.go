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

// Sum is one level of a sum, ReduceFan elements to one.
type Sum struct{}

//go:embed sum.wgsl
var sumSource string

func (Sum) Label() string      { return "sum" }
func (Sum) Source() string     { return sumSource }
func (Sum) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Sum) Dims() any          { return &SumDims{} }

// SumDims: see sum.wgsl.
type SumDims struct {
	Grid
	Outer, Kept, Inner, Parts int
}

// ActivationGrad multiplies with the slope of an activation, which is among its dims: a network needs one pipeline for all.
type ActivationGrad struct{}

//go:embed activation_grad.wgsl
var activationGradSource string

func (ActivationGrad) Label() string      { return "activation gradient" }
func (ActivationGrad) Source() string     { return activationGradSource }
func (ActivationGrad) Bindings() []Access { return []Access{Read, Read, ReadWrite} }
func (ActivationGrad) Dims() any          { return &ActivationGradDims{} }

// ActivationGradDims: see activation_grad.wgsl.
type ActivationGradDims struct {
	Grid
	Act Act
}

// ConvGradWeight correlates the gradient of a convolution's result with its input.
type ConvGradWeight struct{}

// ConvGradTile is how many input channels, and how many output channels, one invocation of ConvGradWeight takes.
const ConvGradTile = 4

//go:embed conv_grad_weight.wgsl
var convGradWeightSource string

func (ConvGradWeight) Label() string      { return "conv weight gradient" }
func (ConvGradWeight) Source() string     { return convGradWeightSource }
func (ConvGradWeight) Bindings() []Access { return []Access{Read, Read, ReadWrite} }
func (ConvGradWeight) Dims() any          { return &ConvGradWeightDims{} }

// ConvGradWeightDims: see conv_grad_weight.wgsl.
type ConvGradWeightDims struct {
	Grid
	First                        int
	Inputs, Height, Width        int
	Outputs, OutHeight, OutWidth int
	Samples                      int
	Kernel, Stride, Pad          int
	Mode                         PadMode
	Upsample                     bool
	Lines                        int
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

// NormGradSums is the first level of the sums that NormGrad needs.
type NormGradSums struct{}

//go:embed norm_grad_sums.wgsl
var normGradSumsSource string

func (NormGradSums) Label() string      { return "norm gradient sums" }
func (NormGradSums) Source() string     { return normGradSumsSource }
func (NormGradSums) Bindings() []Access { return []Access{Read, Read, Read, ReadWrite} }
func (NormGradSums) Dims() any          { return &NormGradSumsDims{} }

// NormGradSumsDims: see norm_grad_sums.wgsl.
type NormGradSumsDims struct {
	Grid
	Size, Parts int
}

// NormGrad is the gradient of a norm.
type NormGrad struct{}

//go:embed norm_grad.wgsl
var normGradSource string

func (NormGrad) Label() string      { return "norm gradient" }
func (NormGrad) Source() string     { return normGradSource }
func (NormGrad) Bindings() []Access { return []Access{Read, Read, Read, Read, ReadWrite} }
func (NormGrad) Dims() any          { return &NormGradDims{} }

// NormGradDims: see norm_grad.wgsl.
type NormGradDims struct {
	Grid
	Size  int
	Layer bool
	Eps   float32
}

// AveragePoolGrad is the gradient of AveragePool.
type AveragePoolGrad struct{}

//go:embed average_pool_grad.wgsl
var averagePoolGradSource string

func (AveragePoolGrad) Label() string      { return "average pool gradient" }
func (AveragePoolGrad) Source() string     { return averagePoolGradSource }
func (AveragePoolGrad) Bindings() []Access { return []Access{Read, ReadWrite} }
func (AveragePoolGrad) Dims() any          { return &PoolDims{} }
