package net

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Layer is one layer of MUNIT's generator as a graph of its own, so that kernels are checked and measured at the shapes that they are for.
type Layer struct {
	Name  string // such as "conv 3×3, 256→256 on 64×64"
	Build func(g *graph.Graph)
	Count int // how often a picture's encoding and decoding has it, with n_res 4
}

// Graph builds the layer's graph.
func (l Layer) Graph() *graph.Graph {
	g := graph.New()
	l.Build(g)
	return g
}

// Layers lists the layers of a generator of width dim (gen.dim) at pictures of size×size pixels, in the order of a translation; with two
// downsamplings and reflect padding, as in the paper. size is a multiple of 4 and at least 8.
func Layers(dim, size int) []Layer {
	half, quarter := size/2, size/4
	const residuals = 2 * 4 // n_res of the encoder and of the decoder
	return []Layer{
		convLayer(3, dim, size, 7, 1, 1),
		normLayer("instance norm, relu", dim, size, 1, func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Activate(graph.ActRelu, g.InstanceNorm(x, eps))
		}),
		convLayer(dim, 2*dim, size, 4, 2, 1),
		convLayer(2*dim, 4*dim, half, 4, 2, 1),
		convLayer(4*dim, 4*dim, quarter, 3, 1, 2*residuals),
		normLayer("AdaIN, residual", 4*dim, quarter, residuals/2, func(g *graph.Graph, x *graph.Node) *graph.Node {
			p := g.Input("adain", 1, 8*dim)
			return g.Add(g.Affine(g.InstanceNorm(x, eps), g.Slice(p, 4*dim, 4*dim), g.Slice(p, 0, 4*dim)), g.Input("residual", x.Shape...))
		}),
		upsampledLayer(4*dim, 2*dim, quarter),
		upsampledLayer(2*dim, dim, half),
		normLayer("layer norm, relu", dim, size, 1, func(g *graph.Graph, x *graph.Node) *graph.Node {
			return g.Activate(graph.ActRelu, g.Affine(g.LayerNorm(x, eps), g.Param("gamma", dim), g.Param("beta", dim)))
		}),
		convLayer(dim, 3, size, 7, 1, 1),
	}
}

func convLayer(in, out, size, kernel, stride, count int) Layer {
	return Layer{
		Name:  fmt.Sprintf("conv %d×%d, %d→%d on %d×%d", kernel, kernel, in, out, size/stride, size/stride),
		Count: count,
		Build: func(g *graph.Graph) {
			w := g.Param("w", out, in, kernel, kernel)
			g.Output("y", g.Conv(g.Input("x", 1, in, size, size), w, nil,
				graph.ConvAttrs{Stride: stride, Pad: (kernel - 1) / 2, Mode: graph.PadReflect}))
		},
	}
}

// upsampledLayer doubles pictures of size×size pixels.
func upsampledLayer(in, out, size int) Layer {
	return Layer{
		Name:  fmt.Sprintf("upsampled conv 5×5, %d→%d on %d×%d", in, out, 2*size, 2*size),
		Count: 1,
		Build: func(g *graph.Graph) {
			x := g.Upsample(g.Input("x", 1, in, size, size))
			g.Output("y", g.Conv(x, g.Param("w", out, in, 5, 5), g.Param("b", out), graph.ConvAttrs{Stride: 1, Pad: 2, Mode: graph.PadReflect}))
		},
	}
}

func normLayer(name string, channels, size, count int, norm func(*graph.Graph, *graph.Node) *graph.Node) Layer {
	return Layer{
		Name:  fmt.Sprintf("%s, %d on %d×%d", name, channels, size, size),
		Count: count,
		Build: func(g *graph.Graph) { g.Output("y", norm(g, g.Input("x", 1, channels, size, size))) },
	}
}
