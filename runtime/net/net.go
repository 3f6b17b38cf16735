// Package net writes MUNIT's networks and losses (Huang et al. 2018; docs/networks.md, "Generator") as graphs. It holds no state: AdaIN parameters are a node like any other.
//
// What it exports may change with any version; runtime and weights are for other modules.
package net

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

const eps = 1e-5 // of every norm

// Builder adds networks to one graph. Params are named as in the model file: "gen_a.enc_content.model.0.conv.weight".
type Builder struct {
	Graph  *graph.Graph
	Config weights.Config
	// Weight, when set, makes the nodes of weights in place of Graph.Param: to a trainer weights are inputs, since they change between runs.
	// It returns the same node for the same name.
	Weight func(name string, shape ...int) *graph.Node
	// Tap, when set, sees inner nodes by the names of the golden vectors, such as "content.0", "dec.res1".
	Tap func(name string, n *graph.Node)
}

// layer is what the networks share: one generator's or discriminator's params, activation and padding.
type layer struct {
	*graph.Graph
	prefix string
	activ  string
	pad    graph.PadMode
	weight func(string, ...int) *graph.Node
	tap    func(string, *graph.Node)
}

func (b *Builder) generator(d weights.Domain) layer {
	return b.layer(d.Tensor(""), b.Config.Gen.Activ, b.Config.Gen.PadType)
}

func (b *Builder) layer(prefix, activ, padType string) layer {
	pad, err := graph.ParsePadMode(padType)
	if err != nil {
		b.Graph.Fail("config", "%v", err)
	}
	if !slices.Contains(weights.Activations, activ) {
		b.Graph.Fail("config", "activ %q is not one of %s", activ, strings.Join(weights.Activations, ", "))
	}
	tap := b.Tap
	if tap == nil {
		tap = func(string, *graph.Node) {}
	}
	weight := b.Weight
	if weight == nil {
		weight = b.Graph.Param
	}
	return layer{Graph: b.Graph, prefix: prefix, activ: activ, pad: pad, weight: weight, tap: tap}
}

// EncodeContent is the content encoder of d: x [N, input_dim, H, W] in [-1, 1] to [N, dim·2^n_downsample, H/2^n_downsample, W/2^n_downsample].
func (b *Builder) EncodeContent(d weights.Domain, x *graph.Node) *graph.Node {
	l, gen := b.generator(d), b.Config.Gen
	width, kernel, stride, pad := gen.Dim, 7, 1, 3
	for i := range gen.NDownsample + 1 {
		block := fmt.Sprintf("enc_content.model.%d", i)
		x = l.conv(block+".conv", x, width, kernel, stride, pad, false)
		x = l.act(block, l.instanceNorm(block, gen.EncNorm, x))
		l.tap(fmt.Sprintf("content.%d", i), x)
		width, kernel, stride, pad = 2*width, 4, 2, 1
	}
	for r := range gen.NRes {
		x = l.residual(fmt.Sprintf("enc_content.model.%d.model.%d", gen.NDownsample+1, r), x,
			func(block string, x *graph.Node) *graph.Node { return l.instanceNorm(block, gen.EncNorm, x) })
		l.tap(fmt.Sprintf("content.res%d", r), x)
	}
	return x
}

// EncodeStyle is the style encoder of d: x [N, input_dim, H, W] in [-1, 1] to [N, style_dim].
func (b *Builder) EncodeStyle(d weights.Domain, x *graph.Node) *graph.Node {
	l, gen := b.generator(d), b.Config.Gen
	kernel, stride, pad := 7, 1, 3
	for i, width := range [...]int{gen.Dim, 2 * gen.Dim, 4 * gen.Dim, 4 * gen.Dim, 4 * gen.Dim} {
		block := fmt.Sprintf("enc_style.model.%d", i)
		x = l.act(block, l.conv(block+".conv", x, width, kernel, stride, pad, true))
		kernel, stride, pad = 4, 2, 1
	}
	x = l.conv("enc_style.model.6", l.GlobalAveragePool(x), gen.StyleDim, 1, 1, 0, true)
	s := l.Reshape(x, x.Shape[0], gen.StyleDim)
	l.tap("style", s)
	return s
}

// MLP maps a style s [N, style_dim] of d to the AdaIN parameters of d's decoder [N, AdaINDim].
func (b *Builder) MLP(d weights.Domain, s *graph.Node) *graph.Node {
	l, gen := b.generator(d), b.Config.Gen
	for i, width := range [...]int{gen.MLPDim, gen.MLPDim, b.Config.AdaINDim()} {
		block := fmt.Sprintf("mlp.model.%d", i)
		l.Scope(l.prefix + block)
		s = l.Gemm(s, l.param(block+".fc.weight", width, s.Shape[1]), l.param(block+".fc.bias", width))
		if i < 2 {
			s = l.act(block, s)
		}
	}
	l.tap("adain", s)
	return s
}

// Decode is the decoder of d: content c [N, dim·2^n_downsample, h, w] and AdaIN parameters [N, AdaINDim] (see MLP; per layer C biases, then
// C weights) to an image [N, input_dim, h·2^n_downsample, w·2^n_downsample] in [-1, 1]. With c [1, ...] it draws one content in N styles, and
// computes what comes before the first AdaIN once. With adain nil there are instance norms alone, as in methods without styles.
func (b *Builder) Decode(d weights.Domain, c, adain *graph.Node) *graph.Node {
	l, gen := b.generator(d), b.Config.Gen
	x, width, at := c, b.Config.ContentDim(), 0
	for r := range gen.NRes {
		x = l.residual(fmt.Sprintf("dec.model.0.model.%d", r), x, func(_ string, x *graph.Node) *graph.Node {
			if adain == nil {
				return l.InstanceNorm(x, eps)
			}
			bias, weight := l.Slice(adain, at, width), l.Slice(adain, at+width, width)
			at += 2 * width
			return l.Affine(l.repeat(l.InstanceNorm(x, eps), adain.Shape[0]), weight, bias)
		})
		l.tap(fmt.Sprintf("dec.res%d", r), x)
	}
	for u := range gen.NDownsample {
		width /= 2
		block := fmt.Sprintf("dec.model.%d", 2*u+2)
		x = l.conv(block+".conv", l.Upsample(x), width, 5, 1, 2, true)
		x = l.Affine(l.layerNorm(gen.DecNorm, x), l.param(block+".norm.gamma", width), l.param(block+".norm.beta", width))
		x = l.act(block, x)
		l.tap(fmt.Sprintf("dec.up%d", u), x)
	}
	x = l.conv(fmt.Sprintf("dec.model.%d.conv", 2*gen.NDownsample+1), x, b.Config.InputDim(d), 7, 1, 3, true)
	return l.Activate(graph.ActTanh, x)
}

// Discriminate is the multi-scale discriminator of d: x [N, input_dim, H, W] in [-1, 1] to one map of logits [N, 1, h, w] per scale.
func (b *Builder) Discriminate(d weights.Domain, x *graph.Node) []*graph.Node {
	dis := b.Config.Dis
	l := b.layer("dis_"+string(d)+".", dis.Activ, dis.PadType)
	maps := make([]*graph.Node, dis.NumScales)
	for s := range maps {
		h, width := x, dis.Dim
		for i := range dis.NLayer {
			block := fmt.Sprintf("cnns.%d.%d", s, i)
			h = l.act(block, l.conv(block+".conv", h, width, 4, 2, 1, true))
			width *= 2
		}
		maps[s] = l.conv(fmt.Sprintf("cnns.%d.%d", s, dis.NLayer), h, 1, 1, 1, 0, true)
		if s+1 < len(maps) {
			x = l.AveragePool(x, 3, 2, 1)
		}
	}
	return maps
}

func (l layer) param(key string, shape ...int) *graph.Node { return l.weight(l.prefix+key, shape...) }

func (l layer) conv(key string, x *graph.Node, width, kernel, stride, pad int, bias bool) *graph.Node {
	l.Scope(l.prefix + key)
	w := l.param(key+".weight", width, x.Shape[1], kernel, kernel)
	var b *graph.Node
	if bias {
		b = l.param(key+".bias", width)
	}
	return l.Conv(x, w, b, graph.ConvAttrs{Stride: stride, Pad: pad, Mode: l.pad})
}

// residual is conv-norm-act-conv-norm, plus its input.
func (l layer) residual(block string, x *graph.Node, norm func(block string, x *graph.Node) *graph.Node) *graph.Node {
	first, second := block+".model.0", block+".model.1"
	h := l.act(first, norm(first, l.conv(first+".conv", x, x.Shape[1], 3, 1, 1, false)))
	h = norm(second, l.conv(second+".conv", h, x.Shape[1], 3, 1, 1, false))
	return l.Add(l.repeat(x, h.Shape[0]), h)
}

// repeat gives each of n samples the one that x has, if they are not n already.
func (l layer) repeat(x *graph.Node, n int) *graph.Node {
	if x.Shape[0] == n {
		return x
	}
	one := x.Shape[1:]
	return l.Expand(l.Reshape(x, one...), append(graph.Shape{n}, one...), 1)
}

// instanceNorm is the norm of the content encoder, of a kind that weights.Gen.EncNorm names.
func (l layer) instanceNorm(block, kind string, x *graph.Node) *graph.Node {
	h := l.InstanceNorm(x, eps)
	if kind == weights.InstanceNormAffine {
		h = l.Affine(h, l.param(block+".norm.weight", x.Shape[1]), l.param(block+".norm.bias", x.Shape[1]))
	}
	return h
}

// layerNorm is the norm of the decoder's upsampling blocks, of a kind that weights.Gen.DecNorm names. TensorFlow's has the biased variance,
// and its eps inside the root: an instance norm of all channels as one.
func (l layer) layerNorm(kind string, x *graph.Node) *graph.Node {
	if kind != weights.LayerNormVarEps {
		return l.LayerNorm(x, eps)
	}
	const tensorFlowEps = 1e-12 // tf.contrib.layers.layer_norm's
	s := x.Shape
	return l.Reshape(l.InstanceNorm(l.Reshape(x, s[0], 1, s[1]*s[2], s[3]), tensorFlowEps), s...)
}

// act applies the configured activation; block names the PReLU slope's place.
func (l layer) act(block string, x *graph.Node) *graph.Node {
	if l.activ == "prelu" {
		return l.PRelu(x, l.param(block+".activation.weight", 1))
	}
	a, err := graph.ParseActivation(l.activ)
	if err != nil {
		l.Fail(block, "%v", err)
	}
	return l.Activate(a, x)
}
