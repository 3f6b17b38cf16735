package gpu

import (
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
)

// The self-test's images are batch 1 of channels×side×side.
const (
	testChannels = 3
	testSide     = 6
	testFilters  = 5
)

var testImage = graph.Shape{1, testChannels, testSide, testSide}

// selfTests go from plain to involved; Open runs the first.
var selfTests = []selfTest{
	{
		name: "matrix product", shape: graph.Shape{7, 19},
		build: func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Gemm(x, g.Param("w", 13, 19), g.Param("b", 13))
		},
		want: func(x []float32) []float64 {
			var y []float64
			for n := range 7 {
				for o := range 13 {
					sum := float64(filter(o))
					for i := range 19 {
						sum += float64(x[n*19+i]) * float64(filter(o*19+i))
					}
					y = append(y, sum)
				}
			}
			return y
		},
	},
	elementwise("scale", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Scale(x, 2.5) }, func(v float64) float64 { return 2.5 * v }),
	elementwise("sum", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Add(x, x) }, func(v float64) float64 { return 2 * v }),
	elementwise("product", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Mul(x, x) }, func(v float64) float64 { return v * v }),
	elementwise("relu", activate(graph.OpRelu), func(v float64) float64 { return max(v, 0) }),
	elementwise("leaky relu", activate(graph.OpLeakyRelu), func(v float64) float64 { return max(v, graph.LeakySlope*v) }),
	elementwise("selu", activate(graph.OpSelu), func(v float64) float64 {
		if v > 0 {
			return graph.SeluScale * v
		}
		return graph.SeluScale * graph.SeluAlpha * math.Expm1(v)
	}),
	elementwise("tanh", activate(graph.OpTanh), math.Tanh),
	elementwise("tanh of large values", func(g *graph.Graph, x *graph.Node) *graph.Node {
		return g.Unary(graph.OpTanh, g.Scale(x, 1000))
	}, func(v float64) float64 { return math.Tanh(1000 * v) }),
	elementwise("softplus", activate(graph.OpSoftplus), func(v float64) float64 { return math.Log1p(math.Exp(v)) }),
	{
		name: "upsampling", shape: testImage,
		build: func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Upsample(x) },
		want: func(x []float32) []float64 {
			return overPixels(testChannels, 2*testSide, func(c, h, w int) float64 { return pixel(x, c, h/2, w/2) })
		},
	},
	{
		name: "global average", shape: testImage,
		build: func(g *graph.Graph, x *graph.Node) *graph.Node { return g.GlobalAveragePool(x) },
		want: func(x []float32) []float64 {
			return overPixels(testChannels, 1, func(c, _, _ int) float64 { m, _ := moments(channel(x, c)); return m })
		},
	},
	{
		name: "instance norm and relu", shape: testImage,
		build: func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Unary(graph.OpRelu, g.InstanceNorm(x, 1e-5))
		},
		want: func(x []float32) []float64 {
			return overPixels(testChannels, testSide, func(c, h, w int) float64 {
				m, v := moments(channel(x, c))
				return max((pixel(x, c, h, w)-m)/math.Sqrt(v+1e-5), 0)
			})
		},
	},
	{
		name: "layer norm", shape: testImage,
		build: func(g *graph.Graph, x *graph.Node) *graph.Node { return g.LayerNorm(x, 1e-5) },
		want: func(x []float32) []float64 {
			m, v := moments(x)
			std := math.Sqrt(v * float64(len(x)) / float64(len(x)-1))
			return overPixels(testChannels, testSide, func(c, h, w int) float64 { return (pixel(x, c, h, w) - m) / (std + 1e-5) })
		},
	},
	{
		name: "convolution, reflected", shape: testImage,
		build: convolve(1, graph.PadReflect),
		want: func(x []float32) []float64 {
			return overPixels(testFilters, testSide, func(o, h, w int) float64 {
				return window(x, o, h-1, w-1, func(at int) int {
					if at < 0 {
						return -at
					}
					return min(at, 2*(testSide-1)-at)
				})
			})
		},
	},
	{
		name: "convolution, zero-padded, stride 2", shape: testImage,
		build: convolve(2, graph.PadZero),
		want: func(x []float32) []float64 {
			return overPixels(testFilters, testSide/2, func(o, h, w int) float64 {
				return window(x, o, 2*h-1, 2*w-1, func(at int) int { return at })
			})
		},
	},
}

// elementwise is a case that maps each value of an image by f.
func elementwise(name string, build func(*graph.Graph, *graph.Node) *graph.Node, f func(float64) float64) selfTest {
	return selfTest{name: name, shape: testImage, build: build, want: func(x []float32) []float64 {
		return overPixels(testChannels, testSide, func(c, h, w int) float64 { return f(pixel(x, c, h, w)) })
	}}
}

func activate(op graph.Op) func(*graph.Graph, *graph.Node) *graph.Node {
	return func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Unary(op, x) }
}

// convolve is a 3×3 convolution with bias that pads by 1.
func convolve(stride int, pad graph.PadMode) func(*graph.Graph, *graph.Node) *graph.Node {
	return func(g *graph.Graph, x *graph.Node) *graph.Node {
		return g.Conv(x, g.Param("w", testFilters, testChannels, 3, 3), g.Param("b", testFilters), graph.ConvAttrs{Stride: stride, Pad: 1, Mode: pad})
	}
}

// window is the convolution's result for filter o where its window begins at (top, left); at maps coordinates outside the image.
func window(x []float32, o, top, left int, at func(int) int) float64 {
	sum := float64(filter(o))
	for c := range testChannels {
		for k := range 9 {
			h, w := at(top+k/3), at(left+k%3)
			if h >= 0 && h < testSide && w >= 0 && w < testSide {
				sum += pixel(x, c, h, w) * float64(filter((o*testChannels+c)*9+k))
			}
		}
	}
	return sum
}

func overPixels(channels, side int, f func(c, h, w int) float64) []float64 {
	var y []float64
	for i := range channels * side * side {
		y = append(y, f(i/(side*side), i/side%side, i%side))
	}
	return y
}

func pixel(x []float32, c, h, w int) float64 { return float64(x[(c*testSide+h)*testSide+w]) }

func channel(x []float32, c int) []float32 { return x[c*testSide*testSide:][:testSide*testSide] }

// moments are the mean and the biased variance.
func moments(x []float32) (mean, variance float64) {
	for _, v := range x {
		mean += float64(v) / float64(len(x))
	}
	for _, v := range x {
		variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	return mean, variance
}
