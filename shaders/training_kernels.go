//go:build !inference

package shaders

import (
	_ "embed"
	"fmt"
)

// training lists the kernels that only training needs. Programs that do not train are built with the tag inference: the page's is smaller by them.
func training() []Kernel {
	return []Kernel{Sum{}, ActivationGrad{}, ConvGradWeight{}, NormGradSums{}, NormGrad{}, AveragePoolGrad{}, WinogradWeights{2}, WinogradWeights{4}, Adam{}, Average{}}
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

// WinogradWeights transforms kernels.
type WinogradWeights struct{ Square Square }

//go:embed winograd_weights.wgsl
var winogradWeightsSource string

func (k WinogradWeights) Label() string    { return fmt.Sprintf("winograd %d weights", k.Square) }
func (k WinogradWeights) Source() string   { return k.Square.source(winogradWeightsSource) }
func (WinogradWeights) Bindings() []Access { return []Access{Read, ReadWrite} }
func (WinogradWeights) Dims() any          { return &WinogradWeightsDims{} }

// WinogradWeightsDims: see winograd_weights.wgsl.
type WinogradWeightsDims struct {
	Grid
	Outputs, Inputs int
}

// Adam is a step of the optimiser, in place.
type Adam struct{}

//go:embed adam.wgsl
var adamSource string

func (Adam) Label() string      { return "adam" }
func (Adam) Source() string     { return adamSource }
func (Adam) Bindings() []Access { return []Access{Read, ReadWrite, ReadWrite, ReadWrite} }
func (Adam) Dims() any          { return &AdamDims{} }

// AdamDims: see adam.wgsl.
type AdamDims struct {
	Grid
	Beta1, Fresh1 float32
	Beta2, Fresh2 float32
	Eps, Decay    float32
	Rate, Root    float32
}

// Average is an exponential moving average, in place.
type Average struct{}

//go:embed average.wgsl
var averageSource string

func (Average) Label() string      { return "average" }
func (Average) Source() string     { return averageSource }
func (Average) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Average) Dims() any          { return &AverageDims{} }

// AverageDims: see average.wgsl.
type AverageDims struct {
	Grid
	Fresh float32
}
