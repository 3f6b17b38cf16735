package shaders

import (
	_ "embed"
	"fmt"
)

// Act is the activation that a kernel applies to what it computes; activation.wgsl knows it by its number.
type Act uint8

// Activations, in the order of activation.wgsl.
const (
	ActNone Act = iota
	ActRelu
	ActLeakyRelu
	ActSelu
	ActTanh
	ActSoftplus
	ActAbs
	ActExp
)

// PadMode is how an image continues beyond its border, in the order of the kernels that pad.
type PadMode uint8

// Modes of padding.
const (
	PadZero PadMode = iota
	PadReflect
	PadReplicate
)

var actNames = [...]string{"none", "relu", "lrelu", "selu", "tanh", "softplus", "abs", "exp"}

func (a Act) String() string { return actNames[a] }

//go:embed activation.wgsl
var activationSource string

// withActivation is the source of a kernel that ends in an activation.
func withActivation(a Act, source string) string {
	return fmt.Sprintf("const ACT: u32 = %du;\n", a) + activationSource + source
}

// Pack reorders weights for Conv.
type Pack struct{}

//go:embed pack.wgsl
var packSource string

func (Pack) Label() string      { return "pack" }
func (Pack) Source() string     { return packSource }
func (Pack) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Pack) Dims() any          { return &PackDims{} }

// PackDims: see pack.wgsl.
type PackDims struct {
	Grid
	Outputs, Inputs, Taps int
}

// Gemm is the linear layer.
type Gemm struct{}

//go:embed gemm.wgsl
var gemmSource string

func (Gemm) Label() string      { return "gemm" }
func (Gemm) Source() string     { return gemmSource }
func (Gemm) Bindings() []Access { return []Access{Read, Read, Read, ReadWrite} }
func (Gemm) Dims() any          { return &GemmDims{} }

// GemmDims: see gemm.wgsl.
type GemmDims struct {
	Grid
	Inputs, Outputs int
	HasBias         bool
}

// ReduceFan is how many elements or parts one invocation of Moments or Merge takes in.
const ReduceFan = 64

// Moments is the first level of a reduction.
type Moments struct{}

//go:embed moments.wgsl
var momentsSource string

func (Moments) Label() string      { return "moments" }
func (Moments) Source() string     { return momentsSource }
func (Moments) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Moments) Dims() any          { return &MomentsDims{} }

// MomentsDims: see moments.wgsl.
type MomentsDims struct {
	Grid
	Size, Parts int
}

// Merge is each further level of a reduction; MergeForm, among its dims, says what it makes.
type Merge struct{}

// MergeForm is what Merge writes for each merged part.
type MergeForm uint32

// Forms of Merge, in the order of merge.wgsl.
const (
	MergeParts MergeForm = iota
	MergeMean
	MergeInstanceNorm
	MergeLayerNorm
)

//go:embed merge.wgsl
var mergeSource string

func (Merge) Label() string      { return "merge" }
func (Merge) Source() string     { return mergeSource }
func (Merge) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Merge) Dims() any          { return &MergeDims{} }

// MergeDims: see merge.wgsl.
type MergeDims struct {
	Grid
	Parts, Merged int
	Form          MergeForm
	Eps           float32
}

// Normalize applies statistics, affine, activation and residual.
type Normalize struct{ Act Act }

//go:embed normalize.wgsl
var normalizeSource string

func (k Normalize) Label() string      { return "normalize " + k.Act.String() }
func (k Normalize) Source() string     { return withActivation(k.Act, normalizeSource) }
func (k Normalize) Bindings() []Access { return []Access{Read, Read, Read, Read, Read, ReadWrite} }
func (Normalize) Dims() any            { return &NormalizeDims{} }

// NormalizeDims: see normalize.wgsl.
type NormalizeDims struct {
	Grid
	Channels, Plane, Instance int
	HasAffine                 bool
	ScaleOffset, ScaleStride  int
	ShiftOffset, ShiftStride  int
	HasResidual               bool
}

// Unary scales and activates.
type Unary struct{ Act Act }

//go:embed unary.wgsl
var unarySource string

func (k Unary) Label() string      { return "unary " + k.Act.String() }
func (k Unary) Source() string     { return withActivation(k.Act, unarySource) }
func (k Unary) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Unary) Dims() any            { return &UnaryDims{} }

// UnaryDims: see unary.wgsl.
type UnaryDims struct {
	Grid
	Factor float32
}

// BinaryOp is what Binary computes.
type BinaryOp uint8

// Operations of Binary, in the order of binary.wgsl.
const (
	BinaryAdd BinaryOp = iota
	BinarySub
	BinaryMul
	BinaryPRelu
)

var binaryNames = [...]string{"add", "sub", "mul", "prelu"}

// Binary combines two tensors.
type Binary struct{ Op BinaryOp }

//go:embed binary.wgsl
var binarySource string

func (k Binary) Label() string      { return "binary " + binaryNames[k.Op] }
func (k Binary) Source() string     { return fmt.Sprintf("const OP: u32 = %du;\n", k.Op) + binarySource }
func (k Binary) Bindings() []Access { return []Access{Read, Read, ReadWrite} }
func (Binary) Dims() any            { return &Grid{} }

// Upsample doubles height and width.
type Upsample struct{}

//go:embed upsample.wgsl
var upsampleSource string

func (Upsample) Label() string      { return "upsample" }
func (Upsample) Source() string     { return upsampleSource }
func (Upsample) Bindings() []Access { return []Access{Read, ReadWrite} }
func (Upsample) Dims() any          { return &UpsampleDims{} }

// UpsampleDims: see upsample.wgsl.
type UpsampleDims struct {
	Grid
	Width int
}

// AveragePool averages windows.
type AveragePool struct{}

//go:embed average_pool.wgsl
var averagePoolSource string

func (AveragePool) Label() string      { return "average pool" }
func (AveragePool) Source() string     { return averagePoolSource }
func (AveragePool) Bindings() []Access { return []Access{Read, ReadWrite} }
func (AveragePool) Dims() any          { return &PoolDims{} }

// PoolDims: see average_pool.wgsl and average_pool_grad.wgsl.
type PoolDims struct {
	Grid
	Height, Width       int
	OutHeight, OutWidth int
	Kernel, Stride, Pad int
}

// Peak measures what a device can multiply and add at best.
type Peak struct{}

// The work of one invocation of Peak in a round: PeakSteps steps of PeakChains chains of vec4.
const (
	PeakChains = 3
	PeakSteps  = 4
)

//go:embed peak.wgsl
var peakSource string

func (Peak) Label() string      { return "peak" }
func (Peak) Source() string     { return peakSource }
func (Peak) Bindings() []Access { return []Access{ReadWrite} }
func (Peak) Dims() any          { return &PeakDims{} }

// PeakDims: see peak.wgsl.
type PeakDims struct {
	Rounds         int
	Factor, Addend float32
}
