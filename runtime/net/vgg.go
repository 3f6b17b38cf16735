package net

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// vggWidths are the channels of VGG16's convolutions (Simonyan and Zisserman 2015, configuration D) up to relu5_3; 0 halves height and width.
var vggWidths = [...]int{64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512}

// VGGMultiple is what heights and widths of pictures for VGG must be multiples of.
const VGGMultiple = 16

// Names of the params that turn a picture into what VGG takes; the others are VGGKeys.
const (
	VGGScale = "vgg.scale" // [3]
	VGGShift = "vgg.shift" // [3]
	VGGGrey  = "vgg.grey"  // [3, 1, 1, 1]: one channel to three
)

// VGGPrefix stands in front of VGG16's keys in the names of params.
const VGGPrefix = "vgg."

// VGGKeys lists the tensors of VGG16 that are needed, by torchvision's keys: "features.0.weight", "features.0.bias", "features.2.weight", ...
func VGGKeys() []weights.Key {
	var keys []weights.Key
	eachVGGLayer(func(layer, in, out int) {
		name := fmt.Sprintf("features.%d.", layer)
		keys = append(keys, weights.Key{Name: name + "weight", Shape: []int{out, in, 3, 3}}, weights.Key{Name: name + "bias", Shape: []int{out}})
	}, func() {})
	return keys
}

// eachVGGLayer calls conv with the number, inputs and outputs of each convolution, which has a ReLU behind it, and pool between them.
func eachVGGLayer(conv func(layer, in, out int), pool func()) {
	layer, in := 0, 3
	for _, width := range vggWidths {
		if width == 0 {
			pool()
			layer++
			continue
		}
		conv(layer, in, width)
		layer, in = layer+2, width
	}
}

// perceptual is the domain-invariant perceptual loss (Huang et al. 2018, section 5.1): the mean squared distance between the features of two
// pictures, relu5_3 of VGG16, after instance normalisation, which leaves their contents and takes what is of their domains.
func (b *Builder) perceptual(x, y *graph.Node) *graph.Node {
	d := b.Graph.Sub(b.vgg(x), b.vgg(y))
	return b.Graph.ReduceMean(b.Graph.Mul(d, d))
}

// vgg gives normalised features of x [N, 1 or 3, H, W] in [-1, 1]. Its weights are params: they do not learn.
func (b *Builder) vgg(x *graph.Node) *graph.Node {
	g := b.Graph
	g.Scope("vgg")
	if x.Shape[1] == 1 {
		x = g.Conv(x, g.Param(VGGGrey, 3, 1, 1, 1), nil, graph.ConvAttrs{Stride: 1})
	}
	x = g.Affine(x, g.Param(VGGScale, 3), g.Param(VGGShift, 3))
	eachVGGLayer(func(layer, in, out int) {
		name := fmt.Sprintf("%sfeatures.%d.", VGGPrefix, layer)
		x = g.Conv(x, g.Param(name+"weight", out, in, 3, 3), g.Param(name+"bias", out), graph.ConvAttrs{Stride: 1, Pad: 1})
		x = g.Activate(graph.ActRelu, x)
	}, func() { x = maxPool(g, x) })
	return g.InstanceNorm(x, eps)
}

// maxPool is the largest of each 2×2 pixels. It needs no op of its own: neighbours are the two columns of a view, and of a and b the larger is
// b + relu(a − b).
func maxPool(g *graph.Graph, x *graph.Node) *graph.Node {
	n, c, h, w := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	larger := func(x *graph.Node, rows, width int) *graph.Node {
		x = g.Reshape(x, rows, 2*width)
		a, b := g.Slice(x, 0, width), g.Slice(x, width, width)
		return g.Add(b, g.Activate(graph.ActRelu, g.Sub(a, b)))
	}
	x = larger(x, n*c*h*w/2, 1)
	x = larger(x, n*c*h/2, w/2)
	return g.Reshape(x, n, c, h/2, w/2)
}
