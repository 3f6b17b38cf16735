// Package optable is what every executor is held against: one table of op cases, compared with the CPU's reference executor, and golden vectors
// of small networks. Tests run it through runtime/optest; munit doctor runs it on machines that no test has seen.
//
// What it exports may change with any version; runtime and weights are for other modules.
package optable

import (
	"fmt"
	"strings"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
)

// Case is a small graph. Its inputs and params get values from their names (see Values); all outputs are compared.
type Case struct {
	Name  string
	Build func(g *graph.Graph)
	// Offset is added to the values of inputs: norms must be accurate far from zero too.
	Offset float32
	// Gain multiplies the values of inputs: activations must hold at their ends.
	Gain float32
	// NoEffect names a param that the outputs do not depend on: its gradient is what rounding leaves of zero, and is not compared.
	NoEffect string
	// MaxNMSE bounds the error where float32 cannot keep maxNMSE.
	MaxNMSE float64
}

// Cases is the table: each op on its own and each fusion, odd sizes, every padding mode, activation and stride, small enough for a
// software GPU; and the gradients of all of these.
func Cases() []Case {
	all := Forward()
	for _, c := range Forward() {
		all = append(all, c.Gradient())
	}
	return all
}

// Forward is the table without gradients.
func Forward() []Case {
	var all []Case
	groups := [][]Case{convCases(), transposeCases(), convNormCases(), normCases(), elementCases(), shapeCases(), lossCases(), layerCases(), gradientCases()}
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

// ConvsFor are the cases that show whether convolutions that round as much as tolerance, an NMSE, are right.
func ConvsFor(tolerance float64) []Case {
	var fit []Case
	for _, c := range Forward() {
		if c.Offset != 0 && tolerance > MaxNMSE {
			continue // a norm enlarges what is lost of values far from zero; nothing in a network lies so
		}
		fit = append(fit, c)
	}
	return fit
}

type conv struct {
	n, in, out, h, w, k, stride, pad int
	mode                             graph.PadMode
	bias, up                         bool
	act                              graph.Activation // OpInput for none
}

func (c conv) String() string {
	s := fmt.Sprintf("conv/%dx%d/s%d/p%d/%v/%dx%dx%dx%d-%d", c.k, c.k, c.stride, c.pad, c.mode, c.n, c.in, c.h, c.w, c.out)
	if c.up {
		s += "/up"
	}
	if c.bias {
		s += "/bias"
	}
	if c.act != graph.ActNone {
		s += "/" + c.act.String()
	}
	return s
}

func convCases() []Case {
	var out []Case
	add := func(c conv) {
		out = append(out, Case{Name: c.String(), Build: func(g *graph.Graph) {
			x := g.Input("x", c.n, c.in, c.h, c.w)
			if c.up {
				x = g.Upsample(x)
			}
			var b *graph.Node
			if c.bias {
				b = g.Param("b", c.out)
			}
			y := g.Conv(x, g.Param("w", c.out, c.in, c.k, c.k), b, graph.ConvAttrs{Stride: c.stride, Pad: c.pad, Mode: c.mode})
			g.Output("y", g.Activate(c.act, y))
		}})
	}
	none := graph.ActNone
	for _, mode := range []graph.PadMode{graph.PadZero, graph.PadReflect, graph.PadReplicate} {
		add(conv{1, 3, 5, 9, 11, 7, 1, 3, mode, true, false, none})
		add(conv{2, 5, 7, 7, 10, 4, 2, 1, mode, false, false, none})
		add(conv{1, 6, 9, 5, 8, 3, 1, 1, mode, true, false, none})
		add(conv{1, 8, 4, 4, 3, 5, 1, 2, mode, true, true, none})
		add(conv{2, 3, 5, 2, 2, 5, 1, 2, mode, false, true, none})
		// Enough channels and pixels for Winograd's filtering, alone and inside a folded upsampling, at sizes that its tiles do not divide.
		add(conv{2, 16, 18, 9, 11, 3, 1, 1, mode, true, false, none})
		add(conv{2, 16, 17, 5, 9, 5, 1, 2, mode, true, true, graph.ActRelu})
	}
	for _, act := range graph.Activations()[1:] {
		add(conv{1, 4, 6, 6, 5, 3, 1, 1, graph.PadReflect, true, false, act})
	}
	add(conv{1, 1, 1, 3, 3, 3, 1, 0, graph.PadZero, false, false, none})               // one pixel out
	add(conv{3, 17, 1, 1, 1, 1, 1, 0, graph.PadZero, true, false, none})               // 1×1 on one pixel: the style encoder's last
	add(conv{1, 33, 19, 6, 17, 3, 1, 1, graph.PadZero, true, false, none})             // beyond one tile in every direction
	add(conv{1, 9, 67, 12, 13, 3, 1, 1, graph.PadReflect, true, false, graph.ActRelu}) // and beyond the largest workgroup
	add(conv{1, 3, 66, 12, 13, 5, 1, 2, graph.PadReflect, true, true, none})
	add(conv{1, 3, 4, 2, 2, 4, 2, 1, graph.PadReflect, true, false, none}) // the least that reflect takes
	add(conv{2, 2, 3, 5, 4, 5, 1, 2, graph.PadReflect, true, true, graph.ActRelu})
	add(conv{2, 18, 17, 9, 13, 3, 1, 1, graph.PadReflect, true, false, graph.ActRelu})
	add(conv{1, 16, 16, 2, 3, 3, 1, 1, graph.PadReflect, true, false, none})
	add(conv{1, 16, 17, 21, 66, 3, 1, 1, graph.PadReplicate, true, false, none}) // more squares of 2×2 than one workgroup takes
	add(conv{2, 16, 16, 6, 5, 3, 1, 0, graph.PadZero, true, false, none})        // without padding
	add(conv{1, 16, 16, 7, 6, 3, 1, 2, graph.PadReflect, false, false, none})    // with more than MUNIT's
	add(conv{1, 17, 16, 5, 6, 3, 1, 1, graph.PadReflect, false, true, none})     // an upsampling that does not fold
	add(conv{2, 17, 9, 7, 2, 5, 1, 2, graph.PadReflect, true, true, graph.ActTanh})
	add(conv{2, 17, 9, 3, 6, 5, 1, 2, graph.PadZero, true, true, graph.ActRelu})
	add(conv{1, 3, 2, 17, 19, 5, 1, 2, graph.PadReflect, true, true, none})
	add(conv{1, 3, 4, 1, 4, 5, 1, 2, graph.PadReplicate, false, true, none})
	add(conv{1, 3, 2, 8, 9, 5, 3, 4, graph.PadZero, false, false, none}) // a stride and pad that MUNIT does not use
	return out
}

// transposeCases are transposed convolutions and what joins channels: they are made of other ops, and must be what their definitions say.
func transposeCases() []Case {
	var out []Case
	add := func(n, in, outputs, h, w, k, stride, pad, outputPad int, bias bool) {
		out = append(out, Case{Name: fmt.Sprintf("convtranspose/%dx%d/s%d/p%d-%d/%dx%dx%dx%d-%d", k, k, stride, pad, outputPad, n, in, h, w, outputs), Build: func(g *graph.Graph) {
			var b *graph.Node
			if bias {
				b = g.Param("b", outputs)
			}
			g.Output("y", g.ConvTranspose(g.Input("x", n, in, h, w), g.Param("w", in, outputs, k, k), b, stride, pad, outputPad))
		}})
	}
	add(1, 6, 4, 5, 7, 3, 2, 1, 1, true)    // CycleGAN's
	add(2, 17, 18, 4, 3, 3, 2, 1, 1, false) // beyond a tile
	add(1, 5, 3, 4, 6, 4, 2, 1, 0, true)    // a U-Net's
	add(1, 3, 2, 1, 1, 4, 2, 1, 0, false)   // its innermost
	add(2, 3, 4, 5, 4, 3, 1, 1, 0, true)
	add(1, 2, 3, 3, 4, 5, 3, 2, 2, false)
	add(1, 2, 3, 3, 4, 2, 2, 0, 0, false)
	return append(out,
		Case{Name: "convtranspose/norm", Build: func(g *graph.Graph) {
			y := g.ConvTranspose(g.Input("x", 1, 4, 3, 5), g.Param("w", 4, 6, 3, 3), nil, 2, 1, 1)
			g.Output("y", g.Activate(graph.ActRelu, g.InstanceNorm(y, 1e-5)))
		}},
		Case{Name: "concat", Build: func(g *graph.Graph) {
			g.Output("y", g.Concat(g.Input("a", 2, 3, 5, 4), g.Input("b", 2, 1, 5, 4), g.Input("c", 2, 2, 5, 4)))
		}},
		Case{Name: "concat/same", Build: func(g *graph.Graph) {
			x := g.Scale(g.Input("x", 1, 2, 3, 3), 2)
			g.Output("y", g.Concat(x, x))
		}},
	)
}

// convNormCases are norms right behind a convolution, which may hand them its statistics: of squares that stand out beyond the picture, of
// several samples, and of values far from zero.
func convNormCases() []Case {
	var out []Case
	add := func(name string, offset float32, shape graph.Shape, outputs int, upsample bool, mode graph.PadMode, norm func(g *graph.Graph, x *graph.Node) *graph.Node) {
		c := Case{Name: "conv-norm/" + name, Offset: offset, Build: func(g *graph.Graph) {
			x, kernel := g.Input("x", shape...), 3
			if upsample {
				x, kernel = g.Upsample(x), 5
			}
			y := g.Conv(x, g.Param("w", outputs, shape[1], kernel, kernel), g.Param("b", outputs), graph.ConvAttrs{Stride: 1, Pad: kernel / 2, Mode: mode})
			g.Output("y", norm(g, y))
		}}
		if strings.HasPrefix(name, "instance") {
			c.NoEffect = "b" // an instance norm takes it away
		}
		out = append(out, c)
	}
	instance := func(g *graph.Graph, x *graph.Node) *graph.Node {
		return g.Activate(graph.ActRelu, g.InstanceNorm(x, 1e-5))
	}
	layer := func(g *graph.Graph, x *graph.Node) *graph.Node { return g.LayerNorm(x, 1e-5) }
	add("instance", 0, graph.Shape{2, 16, 9, 6}, 17, false, graph.PadReflect, instance)
	add("instance/far-from-zero", 20, graph.Shape{1, 16, 5, 11}, 16, false, graph.PadReplicate, instance)
	add("instance/many-squares", 0, graph.Shape{1, 16, 21, 35}, 16, false, graph.PadReflect, instance)
	add("layer", 3, graph.Shape{2, 17, 6, 5}, 16, false, graph.PadZero, layer)
	add("layer/phases", 0, graph.Shape{2, 16, 5, 6}, 17, true, graph.PadReplicate, layer)
	add("layer/reflected-phases", 0, graph.Shape{1, 16, 5, 9}, 18, true, graph.PadReflect, layer)
	return out
}

func normCases() []Case {
	type norm func(g *graph.Graph, x *graph.Node) *graph.Node
	norms := map[string]norm{
		"instancenorm": func(g *graph.Graph, x *graph.Node) *graph.Node { return g.InstanceNorm(x, 1e-5) },
		"layernorm":    func(g *graph.Graph, x *graph.Node) *graph.Node { return g.LayerNorm(x, 1e-5) },
	}
	var out []Case
	for _, name := range []string{"instancenorm", "layernorm"} {
		norm := norms[name]
		add := func(variant string, offset float32, build func(g *graph.Graph)) {
			out = append(out, Case{Name: name + "/" + variant, Build: build, Offset: offset})
		}
		plain := func(shape ...int) func(g *graph.Graph) {
			return func(g *graph.Graph) { g.Output("y", norm(g, g.Input("x", shape...))) }
		}
		add("plain", 0, plain(2, 3, 7, 5))
		add("many-chunks", 0, plain(1, 2, 67, 71))
		add("far-from-zero", 100, plain(1, 3, 9, 16))
		add("one-pixel", 0, plain(2, 4, 1, 1))
		add("affine-shared", 0, func(g *graph.Graph) {
			g.Output("y", g.Affine(norm(g, g.Input("x", 2, 5, 6, 7)), g.Param("gamma", 5), g.Param("beta", 5)))
		})
		add("affine-relu", 3, func(g *graph.Graph) {
			g.Output("y", g.Activate(graph.ActRelu, g.Affine(norm(g, g.Input("x", 1, 5, 6, 7)), g.Param("gamma", 5), g.Param("beta", 5))))
		})
		add("affine-sliced-residual", 0, func(g *graph.Graph) { // AdaIN at the end of a residual block
			x, p := g.Input("x", 2, 3, 5, 4), g.Input("adain", 2, 14)
			h := g.Scale(x, 2)
			g.Output("y", g.Add(x, g.Affine(norm(g, h), g.Slice(p, 7, 3), g.Slice(p, 4, 3))))
		})
		add("affine-sliced-act-residual", 0, func(g *graph.Graph) {
			x, p := g.Input("x", 2, 3, 5, 4), g.Input("adain", 2, 6)
			g.Output("y", g.Add(g.Activate(graph.ActLeakyRelu, g.Affine(norm(g, g.Scale(x, 2)), g.Slice(p, 3, 3), g.Slice(p, 0, 3))), x))
		})
		add("shared-result", 0, func(g *graph.Graph) { // a norm that two nodes read must not take one of them in
			n := norm(g, g.Input("x", 1, 3, 5, 4))
			g.Output("y", g.Add(g.Activate(graph.ActRelu, n), n))
		})
		for _, act := range graph.Activations()[1:] {
			add(act.String(), 0, func(g *graph.Graph) { g.Output("y", g.Activate(act, norm(g, g.Input("x", 1, 4, 3, 5)))) })
		}
	}
	return out
}

func elementCases() []Case {
	var out []Case
	for _, act := range graph.Activations()[1:] {
		build := func(g *graph.Graph) { g.Output("y", g.Activate(act, g.Input("x", 2, 3, 5, 7))) }
		out = append(out, Case{Name: act.String(), Build: build, Gain: 3}, Case{Name: act.String() + "/far", Build: build, Gain: 300})
	}
	binary := func(name string, f func(g *graph.Graph, a, b *graph.Node) *graph.Node) {
		out = append(out,
			Case{Name: name, Build: func(g *graph.Graph) { g.Output("y", f(g, g.Input("a", 2, 3, 5, 7), g.Input("b", 2, 3, 5, 7))) }},
			Case{Name: name + "/same", Build: func(g *graph.Graph) { a := g.Input("a", 77); g.Output("y", f(g, a, a)) }})
	}
	binary("add", (*graph.Graph).Add)
	binary("sub", (*graph.Graph).Sub)
	binary("mul", (*graph.Graph).Mul)
	return append(out,
		Case{Name: "scale", Build: func(g *graph.Graph) { g.Output("y", g.Scale(g.Input("x", 3, 41), -2.5)) }},
		Case{Name: "prelu", Build: func(g *graph.Graph) { g.Output("y", g.PRelu(g.Input("x", 2, 3, 5, 7), g.Param("slope", 1))) }},
		Case{Name: "affine/shared", Build: func(g *graph.Graph) {
			g.Output("y", g.Affine(g.Input("x", 2, 3, 5, 7), g.Param("gamma", 3), g.Param("beta", 3)))
		}},
		Case{Name: "affine/per-sample", Build: func(g *graph.Graph) {
			g.Output("y", g.Affine(g.Input("x", 2, 3, 5, 7), g.Input("gamma", 2, 3), g.Input("beta", 2, 3)))
		}})
}

func shapeCases() []Case {
	return []Case{
		{Name: "upsample", Build: func(g *graph.Graph) { g.Output("y", g.Upsample(g.Input("x", 2, 3, 5, 7))) }},
		{Name: "upsample/shared", Build: func(g *graph.Graph) {
			u := g.Upsample(g.Input("x", 1, 2, 3, 4))
			g.Output("y", g.Conv(u, g.Param("w", 2, 2, 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect}))
			g.Output("u", u)
		}},
		{Name: "averagepool", Build: func(g *graph.Graph) { g.Output("y", g.AveragePool(g.Input("x", 2, 3, 7, 10), 3, 2, 1)) }},
		{Name: "averagepool/k2", Build: func(g *graph.Graph) { g.Output("y", g.AveragePool(g.Input("x", 1, 2, 6, 4), 2, 2, 0)) }},
		{Name: "globalaveragepool", Build: func(g *graph.Graph) { g.Output("y", g.GlobalAveragePool(g.Input("x", 2, 5, 33, 37))) }, Offset: 1},
		{Name: "slice", Build: func(g *graph.Graph) { g.Output("y", g.Slice(g.Input("x", 3, 17), 5, 9)) }},
		{Name: "reshape/view", Build: func(g *graph.Graph) {
			x := g.Scale(g.Input("x", 2, 6), 3)
			g.Output("y", g.Affine(g.Reshape(x, 2, 3, 2, 1), g.Param("gamma", 3), g.Param("beta", 3)))
		}},
		{Name: "reshape/output", Build: func(g *graph.Graph) { g.Output("y", g.Reshape(g.Scale(g.Input("x", 2, 6), 3), 3, 4)) }},
		{Name: "reshape/flat", Build: func(g *graph.Graph) { g.Output("y", g.Reshape(g.Scale(g.Input("x", 2, 3, 2, 2), 3), 2, 12)) }},
		{Name: "gemm", Build: func(g *graph.Graph) {
			g.Output("y", g.Gemm(g.Input("x", 3, 19), g.Param("w", 21, 19), g.Param("b", 21)))
		}},
		{Name: "gemm/no-bias-flattened", Build: func(g *graph.Graph) { g.Output("y", g.Gemm(g.Input("x", 2, 4, 3, 2), g.Param("w", 5, 24), nil)) }},
		{Name: "mlp", Build: func(g *graph.Graph) { // memory reuse between nodes of different sizes
			s := g.Input("s", 2, 8)
			for i, width := range []int{16, 9, 40} {
				s = g.Activate(graph.ActRelu, g.Gemm(s, g.Param(fmt.Sprint("w", i), width, s.Shape[1]), g.Param(fmt.Sprint("b", i), width)))
			}
			g.Output("y", s)
		}},
	}
}

func lossCases() []Case {
	return []Case{
		{Name: "reducemean", Build: func(g *graph.Graph) { g.Output("y", g.ReduceMean(g.Input("x", 2, 3, 31, 29))) }, Offset: 1},
		{Name: "reducemean/one", Build: func(g *graph.Graph) { g.Output("y", g.ReduceMean(g.Input("x", 1))) }},
		{Name: "l1", Build: func(g *graph.Graph) {
			g.Output("y", g.ReduceMean(g.Activate(graph.ActAbs, g.Sub(g.Input("a", 2, 3, 8, 8), g.Input("b", 2, 3, 8, 8)))))
		}},
		{Name: "lsgan", Build: func(g *graph.Graph) {
			d := g.Sub(g.Input("fake", 2, 1, 5, 5), g.Input("one", 2, 1, 5, 5))
			g.Output("y", g.Scale(g.ReduceMean(g.Mul(d, d)), 10))
		}},
		{Name: "nsgan", Build: func(g *graph.Graph) {
			g.Output("y", g.ReduceMean(g.Activate(graph.ActSoftplus, g.Scale(g.Input("logits", 2, 1, 5, 5), -1))))
		}, Gain: 50},
	}
}

// layerCases are MUNIT's own layers, of a network so narrow and a picture so small that a software GPU has done them at once; benchmarks run
// the same table at full size (see Benchmark).
func layerCases() []Case {
	const dim, size = 16, 16
	var out []Case
	for _, l := range net.Layers(dim, size) {
		out = append(out, Case{Name: "munit/" + l.Name, Build: l.Build})
	}
	return out
}
