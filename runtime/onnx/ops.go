package onnx

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// sameName are the ops that ONNX has under the same name, without attributes of ours.
var sameName = map[graph.Op]bool{graph.OpGlobalAveragePool: true, graph.OpAdd: true, graph.OpSub: true, graph.OpMul: true, graph.OpPRelu: true}

// add writes n as one or a few ONNX nodes that hold for any batch, height and width.
func (e *exporter) add(n *graph.Node) error {
	y := e.name(n)
	in := make([]string, len(n.Inputs))
	for i, x := range n.Inputs {
		in[i] = e.name(x)
	}
	switch {
	case n.Op == graph.OpInput:
		return nil
	case n.Op == graph.OpParam:
		values, err := e.src.Float32s(n.Name, n.Shape)
		if err != nil {
			return err
		}
		e.weights = append(e.weights, floatTensor(y, n.Shape, values))
		return nil
	case sameName[n.Op]:
		e.node(y, n.Op.String(), in)
		return nil
	}
	switch n.Op {
	case graph.OpConv:
		e.conv(y, n, in)
	case graph.OpConvTranspose:
		k, x := n.Inputs[1].Shape[2], n.Inputs[0].Shape
		outputPad := n.Shape[2] - ((x[2]-1)*n.Stride - 2*n.Pad + k)
		e.node(y, "ConvTranspose", in, intsAttr("kernel_shape", k, k), intsAttr("strides", n.Stride, n.Stride),
			intsAttr("pads", n.Pad, n.Pad, n.Pad, n.Pad), intsAttr("output_padding", outputPad, outputPad))
	case graph.OpConcat:
		e.node(y, "Concat", in, intAttr("axis", 1))
	case graph.OpGemm:
		in[0] = e.step("Flatten", in[:1], intAttr("axis", 1))
		e.node(y, "Gemm", in, intAttr("transB", 1))
	case graph.OpInstanceNorm:
		c := n.Shape[1]
		ones := make([]float32, c)
		for i := range ones {
			ones[i] = 1
		}
		e.node(y, "InstanceNormalization", []string{in[0], e.floats([]int{c}, ones...), e.floats([]int{c}, make([]float32, c)...)},
			floatAttr("epsilon", n.Eps))
	case graph.OpLayerNorm:
		e.layerNorm(y, n, in[0])
	case graph.OpAffine:
		scaled := e.step("Mul", []string{in[0], e.perChannel(n.Inputs[1])})
		e.node(y, "Add", []string{scaled, e.perChannel(n.Inputs[2])})
	case graph.OpScale:
		e.node(y, "Mul", []string{in[0], e.scalar(n.Factor)})
	case graph.OpActivation:
		a := n.Act.ONNX()
		attrs := make([]attr, len(a.Attrs))
		for i, v := range a.Attrs {
			attrs[i] = floatAttr(v.Name, v.Value)
		}
		e.node(y, a.Op, in, attrs...)
	case graph.OpUpsample:
		e.node(y, "Resize", []string{in[0], "", e.floats([]int{4}, 1, 1, 2, 2)}, textAttr("mode", "nearest"),
			textAttr("coordinate_transformation_mode", "asymmetric"), textAttr("nearest_mode", "floor"))
	case graph.OpAveragePool:
		e.node(y, "AveragePool", in, intsAttr("kernel_shape", n.Kernel, n.Kernel), intsAttr("strides", n.Stride, n.Stride),
			intsAttr("pads", n.Pad, n.Pad, n.Pad, n.Pad), intAttr("count_include_pad", 0))
	case graph.OpSlice:
		e.node(y, "Slice", []string{in[0], e.ints(n.Start), e.ints(n.Start + n.Shape[1]), e.ints(1)})
	case graph.OpExpand: // to a fixed size: no extent of the result has a name then
		ones := make([]int, len(n.Shape))
		for i := range ones {
			ones[i] = 1
			if i >= n.Axes[0] && i < n.Axes[1] {
				ones[i] = n.Shape[i]
			}
		}
		e.node(y, "Expand", []string{e.step("Reshape", []string{in[0], e.ints(ones...)}), e.ints(n.Shape...)})
	case graph.OpReshape:
		return e.reshape(y, n, in[0])
	default:
		return fmt.Errorf("%v has no ONNX form here: only networks for inference are exported", n.Op)
	}
	return nil
}

// conv pads by an op of its own where zeros are not enough.
func (e *exporter) conv(y string, n *graph.Node, in []string) {
	pad := n.Pad
	if n.PadMode != graph.PadZero && pad > 0 {
		mode := map[graph.PadMode]string{graph.PadReflect: "reflect", graph.PadReplicate: "edge"}[n.PadMode]
		in[0] = e.step("Pad", []string{in[0], e.ints(0, 0, pad, pad, 0, 0, pad, pad)}, textAttr("mode", mode))
		pad = 0
	}
	k := n.Inputs[1].Shape[2]
	e.node(y, "Conv", in, intsAttr("kernel_shape", k, k), intsAttr("strides", n.Stride, n.Stride), intsAttr("pads", pad, pad, pad, pad))
}

// layerNorm is (x − mean) / (std + eps): ONNX's LayerNormalization has the biased variance, and eps inside the root.
func (e *exporter) layerNorm(y string, n *graph.Node, x string) {
	all := intsAttr("axes", 1, 2, 3)
	deviations := e.step("Sub", []string{x, e.step("ReduceMean", []string{x}, all)})
	squares := e.step("ReduceSum", []string{e.step("Mul", []string{deviations, deviations}), e.ints(1, 2, 3)})
	count := e.step("ReduceProd", []string{e.step("Shape", []string{x}, intAttr("start", 1))}, intAttr("keepdims", 0))
	free := e.step("Sub", []string{e.step("Cast", []string{count}, intAttr("to", elemFloat)), e.scalar(1)})
	std := e.step("Sqrt", []string{e.step("Div", []string{squares, e.step("Max", []string{free, e.scalar(1)})})})
	e.node(y, "Div", []string{deviations, e.step("Add", []string{std, e.scalar(n.Eps)})})
}

// perChannel gives a scale or shift, [C] or [N, C], the axes of an image.
func (e *exporter) perChannel(p *graph.Node) string {
	last := len(p.Shape)
	return e.step("Unsqueeze", []string{e.name(p), e.ints(last, last+1)})
}

// reshape writes the reshapes that networks have so that no extent but the channels' is fixed: samples flattened, and channels joined with the
// rows or parted from them.
func (e *exporter) reshape(y string, n *graph.Node, x string) error {
	from, to := n.Inputs[0].Shape, n.Shape
	switch {
	case len(to) == 2 && to[0] == from[0]:
		e.node(y, "Flatten", []string{x}, intAttr("axis", 1))
	case len(to) == 4 && len(from) == 4 && to[0] == from[0] && to[3] == from[3]:
		const asBefore, whatIsLeft = 0, -1
		e.node(y, "Reshape", []string{x, e.ints(asBefore, to[1], whatIsLeft, asBefore)})
	default:
		return fmt.Errorf("a reshape of %v to %v cannot be exported", from, to)
	}
	return nil
}
