// Package net writes MUNIT's networks and losses (Huang et al. 2018; docs/networks.md, "Generator") as graphs. It holds no state: AdaIN parameters are a node like any other.
//
// What it exports may change with any version; runtime and weights are for other modules.
package net

import (
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

// EncodeContent is the content encoder of pictures of d: x [N, input_dim, H, W] in [-1, 1] to, in MUNIT, [N, dim·2^n_downsample, H/2^n_downsample,
// W/2^n_downsample]. In an architecture without one the picture is its own content.
func (b *Builder) EncodeContent(d weights.Domain, x *graph.Node) *graph.Node {
	return b.encode(d, x, nil)
}

// encode is EncodeContent, with the noise that some architectures' encoders take.
func (b *Builder) encode(d weights.Domain, x, noise *graph.Node) *graph.Node {
	return b.network(b.stages(d.From()).Encode, x, noise)
}

// EncodeStyle is the style encoder of pictures of d: x [N, input_dim, H, W] in [-1, 1] to [N, style_dim].
func (b *Builder) EncodeStyle(d weights.Domain, x *graph.Node) *graph.Node {
	return b.network(b.stages(d.To()).Style, x, nil)
}

// MLP maps a style s [N, style_dim] of d to the AdaIN parameters [N, AdaINDim] of d's decoder (per layer C biases, then C weights). In an
// architecture without one the decoder takes the style itself, or none.
func (b *Builder) MLP(d weights.Domain, s *graph.Node) *graph.Node {
	return b.network(b.stages(d.To()).Map, s, nil)
}

// Decode is the decoder that draws pictures of d: content c (see EncodeContent) and AdaIN parameters (see MLP) to an image [N, input_dim, H, W] in
// [-1, 1]. With c [1, ...] it draws one content in N styles, and computes what comes before the first AdaIN once.
func (b *Builder) Decode(d weights.Domain, c, adain *graph.Node) *graph.Node {
	return b.network(b.stages(d.To()).Decode, c, adain)
}

// Draw draws content codes of direction d, see weights.Config.Content, in styles, see Style.
func (b *Builder) Draw(d weights.Direction, content, style *graph.Node) *graph.Node {
	if b.Config.Whole(d) {
		content = b.encode(d.From(), content, style)
	}
	return b.Decode(d.To(), content, b.MLP(d.To(), style))
}

// Translate draws x, pictures of d's source domain, in styles.
func (b *Builder) Translate(d weights.Direction, x, style *graph.Node) *graph.Node {
	if !b.Config.Whole(d) {
		x = b.EncodeContent(d.From(), x)
	}
	return b.Draw(d, x, style)
}

// stages are the networks of a direction.
func (b *Builder) stages(d weights.Direction) weights.Stages {
	return b.Config.Architecture().Stages(d)
}

// network is a part of a generator; none leaves x as it is.
func (b *Builder) network(n weights.Network, x, style *graph.Node) *graph.Node {
	if n.Part == "" {
		return x
	}
	return b.sequence(n.Domain.Tensor(""), style).all(b.Config.Layers(n), x)
}

// Style declares the input "style", n of weights.Config.StyleShape for pictures of h×w pixels; nil where the architecture has no styles: Draw and
// Translate take that, too.
func (b *Builder) Style(d weights.Direction, n, h, w int) *graph.Node {
	shape := b.Config.StyleShape(d, h, w)
	if shape == nil {
		return nil
	}
	return b.Graph.Input("style", append([]int{n}, shape...)...)
}

// Discriminate is the multi-scale discriminator of d: x [N, input_dim, H, W] in [-1, 1] to one map of logits [N, 1, h, w] per scale.
func (b *Builder) Discriminate(d weights.Domain, x *graph.Node) []*graph.Node {
	return b.discriminate(d, d.Discriminator(""), x)
}

// discriminate is Discriminate with weights whose names begin with prefix.
func (b *Builder) discriminate(d weights.Domain, prefix string, x *graph.Node) []*graph.Node {
	var maps []*graph.Node
	for i, layers := range b.Config.Discriminator(d) {
		if i > 0 {
			x = b.Graph.AveragePool(x, 3, 2, 1)
		}
		maps = append(maps, b.sequence(prefix, nil).all(layers, x))
	}
	return maps
}
