package graph

import "fmt"

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

// opNames stand apart from definitions, whose functions make nodes, which need names.
var opNames = [opCount]string{"Input", "Param", "Conv", "ConvTranspose", "Concat", "Gemm", "InstanceNorm", "LayerNorm", "Affine", "Add", "Sub", "Mul", "Scale", "Activation",
	"PRelu", "Upsample", "AveragePool", "GlobalAveragePool", "ReduceMean", "Slice", "Reshape",
	"ConstantOfShape", "ReduceSum", "Expand", "Transpose", "Pad", "ActivationGrad", "ConvGradWeight", "FlipKernels", "FoldPadding",
	"InstanceNormGrad", "LayerNormGrad", "AveragePoolGrad", "UpsampledConvGrad"}

// definition is what the language knows of an op. Constructors stand beside its functions, in op_*.go; what is computed says package reference.
type definition struct {
	// bound is how large values get whose inputs' magnitudes are in(0), in(1), ... w is the reach of input 1, if that is a weight. Nil for what
	// Gradient writes, which nobody asks for.
	bound func(n *Node, in func(i int) float64, w Reach) float64
	// flops counts multiply-adds twice; nil: none worth counting.
	flops func(n *Node) int64
	// parts is what Fuse puts in the place of an op that executors have no kernel for; nil: they have. Such an op costs a definition and no kernel.
	parts func(g *Graph, n *Node, in []*Node) *Node
}

// definitions are those of all ops. TestOpsAreDefined says what lacks.
var definitions = [opCount]definition{
	OpConv:              {bound: productBound, flops: productFLOPs},
	OpConvTranspose:     {bound: convTransposeBound, flops: scatterFLOPs, parts: convTransposeParts},
	OpConcat:            {bound: concatBound, parts: concatParts},
	OpGemm:              {bound: productBound, flops: productFLOPs},
	OpInstanceNorm:      {bound: normBound},
	OpLayerNorm:         {bound: normBound},
	OpAffine:            {bound: affineBound},
	OpAdd:               {bound: sumBound},
	OpSub:               {bound: sumBound},
	OpMul:               {bound: mulBound},
	OpScale:             {bound: scaleBound},
	OpActivation:        {bound: activationBound},
	OpPRelu:             {bound: preluBound},
	OpUpsample:          {bound: sameBound},
	OpAveragePool:       {bound: sameBound},
	OpGlobalAveragePool: {bound: sameBound},
	OpReduceMean:        {bound: sameBound},
	OpSlice:             {bound: sameBound},
	OpReshape:           {bound: sameBound},
	OpConstant:          {bound: constantBound},
	OpReduceSum:         {bound: reduceSumBound},
	OpExpand:            {bound: sameBound},
	OpTranspose:         {bound: sameBound},
	OpPad:               {bound: sameBound},
	OpConvGradWeight:    {flops: convGradWeightFLOPs},
	OpUpsampledConvGrad: {flops: scatterFLOPs, parts: upsampledConvGradParts},
}

// sameBound is that of ops that move values, repeat them, or take their means.
func sameBound(_ *Node, in func(i int) float64, _ Reach) float64 { return in(0) }

// rules say what the gradient dy of n's result adds to the gradients of n's inputs. They are no part of definitions, since the page does not train, and
// its linker leaves out what nothing names.
var rules = [opCount]func(d *gradients, n, dy *Node){
	OpConv:              convRule,
	OpConvTranspose:     convTransposeRule,
	OpConcat:            concatRule,
	OpGemm:              gemmRule,
	OpInstanceNorm:      normRule,
	OpLayerNorm:         normRule,
	OpAffine:            affineRule,
	OpAdd:               addRule,
	OpSub:               subRule,
	OpMul:               mulRule,
	OpScale:             scaleRule,
	OpActivation:        activationRule,
	OpPRelu:             preluRule,
	OpUpsample:          upsampleRule,
	OpAveragePool:       averagePoolRule,
	OpGlobalAveragePool: meanRule,
	OpReduceMean:        meanRule,
	OpSlice:             sliceRule,
	OpReshape:           reshapeRule,
	OpReduceSum:         reduceSumRule,
	OpExpand:            expandRule,
	OpTranspose:         transposeRule,
	OpPad:               padRule,
}

// Differentiable reports whether Gradient goes through o.
func (o Op) Differentiable() bool { return OpParam < o && o <= OpPad && o != OpConstant }

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
