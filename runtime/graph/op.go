package graph

import "fmt"

// Shape is the extent of a tensor, outermost axis first. Images and features are NCHW, codes and parameters [N, C], weights OIHW.
type Shape []int

// Elems is the number of elements.
func (s Shape) Elems() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Equal reports whether both have the same rank and extents.
func (s Shape) Equal(o Shape) bool {
	if len(s) != len(o) {
		return false
	}
	for i := range s {
		if s[i] != o[i] {
			return false
		}
	}
	return true
}

func (s Shape) String() string { return fmt.Sprint([]int(s)) }

// Op names what a node computes. The names are ONNX's where ONNX has the op.
type Op uint8

// The op set: what MUNIT, its losses and their gradients need, and no more. Gradient differentiates every op down to Pad; those after it are
// what it writes.
const (
	OpInput Op = iota
	OpParam
	OpConv
	OpGemm
	OpInstanceNorm
	OpLayerNorm
	OpAffine
	OpAdd
	OpSub
	OpMul
	OpScale
	OpAbs
	OpRelu
	OpLeakyRelu
	OpSelu
	OpTanh
	OpSoftplus
	OpPRelu
	OpUpsample
	OpAveragePool
	OpGlobalAveragePool
	OpReduceMean
	OpSlice
	OpReshape
	OpConstant
	OpReduceSum
	OpExpand
	OpTranspose
	OpPad
	OpActivationGrad
	OpConvGradWeight
	OpFlipKernels
	OpFoldPadding
	OpInstanceNormGrad
	OpLayerNormGrad
	OpAveragePoolGrad
	opCount

	// OpAllGather is what Split writes: the channels of all ranks, from those of one. It is of teams, so it is not in Ops.
	OpAllGather
)

var opNames = [opCount]string{"Input", "Param", "Conv", "Gemm", "InstanceNorm", "LayerNorm", "Affine", "Add", "Sub", "Mul", "Scale", "Abs",
	"Relu", "LeakyRelu", "Selu", "Tanh", "Softplus", "PRelu", "Upsample", "AveragePool", "GlobalAveragePool", "ReduceMean", "Slice", "Reshape",
	"ConstantOfShape", "ReduceSum", "Expand", "Transpose", "Pad", "ActivationGrad", "ConvGradWeight", "FlipKernels", "FoldPadding",
	"InstanceNormGrad", "LayerNormGrad", "AveragePoolGrad"}

func (o Op) String() string {
	switch {
	case o < opCount:
		return opNames[o]
	case o == OpAllGather:
		return "AllGather"
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// Ops lists every op that networks are written in, so that tests can prove that each is covered.
func Ops() []Op {
	all := make([]Op, opCount)
	for i := range all {
		all[i] = Op(i)
	}
	return all
}

// PadMode says what a convolution reads outside its input.
type PadMode uint8

// Padding modes; in ONNX's Pad op these are constant (0), reflect and edge.
const (
	PadZero PadMode = iota
	PadReflect
	PadReplicate
)

var padNames = [...]string{"zero", "reflect", "replicate"}

func (p PadMode) String() string { return padNames[p] }

// ParsePadMode maps NVlabs' pad_type to a PadMode.
func ParsePadMode(s string) (PadMode, error) {
	for i, n := range padNames {
		if n == s {
			return PadMode(i), nil
		}
	}
	return 0, fmt.Errorf("pad_type %q is not one of zero, reflect, replicate", s)
}

// Activation is an element-wise function that a kernel can apply to what it writes.
type Activation uint8

// Activations without parameters of their own. PRelu has one and stays an op.
const (
	ActNone Activation = iota
	ActRelu
	ActLeakyRelu // slope LeakySlope
	ActSelu
	ActTanh
	ActSoftplus
	ActAbs
)

var actNames = [...]string{"none", "relu", "lrelu", "selu", "tanh", "softplus", "abs"}

func (a Activation) String() string { return actNames[a] }

// Constants of the activations (DESIGN §2; Klambauer et al. 2017 for SELU).
const (
	LeakySlope = 0.2
	SeluAlpha  = 1.6732632423543772848170429916717
	SeluScale  = 1.0507009873554804934193349852946
)

// activation is the Activation that a unary op computes, or ActNone.
func (o Op) activation() Activation {
	switch o {
	case OpRelu:
		return ActRelu
	case OpLeakyRelu:
		return ActLeakyRelu
	case OpSelu:
		return ActSelu
	case OpTanh:
		return ActTanh
	case OpSoftplus:
		return ActSoftplus
	case OpAbs:
		return ActAbs
	}
	return ActNone
}
