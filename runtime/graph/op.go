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
	OpConvTranspose
	OpConcat
	OpGemm
	OpInstanceNorm
	OpLayerNorm
	OpAffine
	OpAdd
	OpSub
	OpMul
	OpScale
	OpActivation
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
	OpUpsampledConvGrad
	opCount

	// OpAllGather is what Split writes: the channels of all ranks, from those of one. It is of teams, so it is not in Ops.
	OpAllGather
)

var opNames = [opCount]string{"Input", "Param", "Conv", "ConvTranspose", "Concat", "Gemm", "InstanceNorm", "LayerNorm", "Affine", "Add", "Sub", "Mul", "Scale", "Activation",
	"PRelu", "Upsample", "AveragePool", "GlobalAveragePool", "ReduceMean", "Slice", "Reshape",
	"ConstantOfShape", "ReduceSum", "Expand", "Transpose", "Pad", "ActivationGrad", "ConvGradWeight", "FlipKernels", "FoldPadding",
	"InstanceNormGrad", "LayerNormGrad", "AveragePoolGrad", "UpsampledConvGrad"}

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
