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
)

var actNames = [...]string{"none", "relu", "lrelu", "selu", "tanh", "softplus", "abs"}

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

// Gemm is the linear layer.
type Gemm struct{}

//go:embed gemm.wgsl
var gemmSource string

func (Gemm) Label() string      { return "gemm" }
func (Gemm) Source() string     { return gemmSource }
func (Gemm) Bindings() []Access { return []Access{Read, Read, Read, ReadWrite} }

// ReduceFan is how many elements or parts one invocation of Moments or Merge takes in.
const ReduceFan = 64

// Moments is the first level of a reduction.
type Moments struct{}

//go:embed moments.wgsl
var momentsSource string

func (Moments) Label() string      { return "moments" }
func (Moments) Source() string     { return momentsSource }
func (Moments) Bindings() []Access { return []Access{Read, ReadWrite} }

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

// Normalize applies statistics, affine, activation and residual.
type Normalize struct{ Act Act }

//go:embed normalize.wgsl
var normalizeSource string

func (k Normalize) Label() string      { return "normalize " + k.Act.String() }
func (k Normalize) Source() string     { return withActivation(k.Act, normalizeSource) }
func (k Normalize) Bindings() []Access { return []Access{Read, Read, Read, Read, Read, ReadWrite} }

// Unary scales and activates.
type Unary struct{ Act Act }

//go:embed unary.wgsl
var unarySource string

func (k Unary) Label() string      { return "unary " + k.Act.String() }
func (k Unary) Source() string     { return withActivation(k.Act, unarySource) }
func (k Unary) Bindings() []Access { return []Access{Read, ReadWrite} }

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

// Upsample doubles height and width.
type Upsample struct{}

//go:embed upsample.wgsl
var upsampleSource string

func (Upsample) Label() string      { return "upsample" }
func (Upsample) Source() string     { return upsampleSource }
func (Upsample) Bindings() []Access { return []Access{Read, ReadWrite} }

// AveragePool averages windows.
type AveragePool struct{}

//go:embed average_pool.wgsl
var averagePoolSource string

func (AveragePool) Label() string      { return "average pool" }
func (AveragePool) Source() string     { return averagePoolSource }
func (AveragePool) Bindings() []Access { return []Access{Read, ReadWrite} }

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
