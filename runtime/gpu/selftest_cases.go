package gpu

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// The self-test's images are batch 1 of channels×side×side.
const (
	testChannels = 3
	testSide     = 6
	testFilters  = 5
)

var testImage = graph.Shape{1, testChannels, testSide, testSide}

// firstTest is the self-test that Open runs.
var firstTest = selfTest{"matrix product", graph.Shape{7, 19}, func(g *graph.Graph, x *graph.Node) *graph.Node {
	return g.Gemm(x, g.Param("w", 13, 19), g.Param("b", 13))
}}

// selfTests go from plain to involved.
func selfTests() []selfTest {
	cases := []selfTest{
		firstTest,
		ofImage("scale", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Scale(x, 2.5) }),
		ofImage("sum", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Add(x, x) }),
		ofImage("product", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Mul(x, x) }),
	}
	for _, a := range graph.Activations()[1:] {
		cases = append(cases,
			ofImage(a.String(), func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Activate(a, x) }),
			ofImage(fmt.Sprintf("%v of large values", a), func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Activate(a, g.Scale(x, 1000)) }))
	}
	return append(cases,
		ofImage("upsampling", (*graph.Graph).Upsample),
		ofImage("global average", (*graph.Graph).GlobalAveragePool),
		ofImage("instance norm and relu", func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Activate(graph.ActRelu, g.InstanceNorm(x, 1e-5))
		}),
		ofImage("layer norm", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.LayerNorm(x, 1e-5) }),
		ofImage("convolution, reflected", convolve(1, graph.PadReflect)),
		ofImage("convolution, zero-padded, stride 2", convolve(2, graph.PadZero)))
}

func ofImage(name string, build func(*graph.Graph, *graph.Node) *graph.Node) selfTest {
	return selfTest{name, testImage, build}
}

// convolve is a 3×3 convolution with bias that pads by 1.
func convolve(stride int, pad graph.PadMode) func(*graph.Graph, *graph.Node) *graph.Node {
	return func(g *graph.Graph, x *graph.Node) *graph.Node {
		return g.Conv(x, g.Param("w", testFilters, testChannels, 3, 3), g.Param("b", testFilters), graph.ConvAttrs{Stride: stride, Pad: 1, Mode: pad})
	}
}
