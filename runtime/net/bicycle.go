package net

import (
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// bicycle is BicycleGAN (Zhu et al. 2017, "Toward multimodal image-to-image translation"): it learns from pairs, from a to b, to draw in the style of the
// true picture (cVAE-GAN) and to find a random style again in what it drew (cLR-GAN).
//
// Simplified: the generator is MUNIT's, with a style encoder of b; the encoder also learns from styles found again, which the original leaves to the
// generator. Unless LossWeights ask for more, the encoder gives the mean only, and its variance is 1, and one discriminator serves both kinds of fakes.
type bicycle struct{}

// Noise of a is what is added to encoded styles, that of b the random styles.
func (bicycle) Noise(c weights.Config, _ weights.Domain, x graph.Shape) graph.Shape {
	return graph.Shape{x[0], c.Gen.StyleDim}
}

// fakes are pictures of x.A in the style of x.B, with noise, and in random styles.
type fakes struct {
	mean, logVar *graph.Node // of the style of x.B; logVar is nil where the variance is 1
	own, random  *graph.Node
}

func (m bicycle) fakes(b *Builder, x, s Pair, w LossWeights) (f fakes) {
	g := b.Graph
	content := b.EncodeContent(weights.A, x.A)
	draw := func(style *graph.Node) *graph.Node { return b.Decode(weights.B, content, b.MLP(weights.B, style)) }
	noise := s.A
	if w.LogVar {
		f.mean, f.logVar = m.distribution(b, x.B)
		noise = g.Mul(noise, g.Activate(graph.ActExp, g.Scale(f.logVar, 0.5)))
	} else {
		f.mean = b.EncodeStyle(weights.B, x.B)
	}
	f.own, f.random = draw(g.Add(f.mean, noise)), draw(s.B)
	return f
}

// distribution is the mean and the log variance of the style of x, pictures of b: a conv behind the style encoder's last pooling gives each. That of
// the variance is of the training alone.
func (bicycle) distribution(b *Builder, x *graph.Node) (mean, logVar *graph.Node) {
	n := b.stages(weights.A2B).Style
	layers, s := b.Config.Layers(n), b.sequence(n.Domain.Tensor(""), nil)
	pooled := 1 + slices.IndexFunc(layers, func(l weights.Layer) bool { return l.Op == weights.GlobalAveragePool })
	features := s.all(layers[:pooled], x)
	head := slices.Clone(layers[pooled:])
	head[0].Name = "enc_style.logvar"
	return s.all(layers[pooled:], features), s.all(head, features)
}

// kl is how far the style is from N(0, I), twice the divergence of a value: mean² + variance − log variance − 1.
func (f fakes) kl(g *graph.Graph) *graph.Node {
	square := g.ReduceMean(g.Mul(f.mean, f.mean))
	if f.logVar == nil {
		return square
	}
	spread := g.ReduceMean(g.Sub(g.Activate(graph.ActExp, f.logVar), f.logVar))
	return g.Add(square, g.Sub(spread, g.Constant(1, 1)))
}

// judge gives the logits for pictures in encoded styles, and in random ones.
func (bicycle) judge(b *Builder, w LossWeights, x *graph.Node, random bool) []*graph.Node {
	prefix := weights.B.Discriminator("")
	if w.OwnD && random {
		prefix = "dis_b2."
	}
	return b.discriminate(weights.B, prefix, x)
}

// GeneratorLoss has the terms recon_x_b, recon_s_b, kl_b and adv_b.
func (m bicycle) GeneratorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	g := b.Graph
	f := m.fakes(b, x, s, w)
	var l Loss
	l.add(g, "recon_x_b", l1(g, f.own, x.B), w.ReconX)
	l.add(g, "recon_s_b", l1(g, b.EncodeStyle(weights.B, f.random), s.B), w.ReconS)
	l.add(g, "kl_b", f.kl(g), w.KL)
	adversarial := g.Add(b.adversarial(m.judge(b, w, f.own, false), true), b.adversarial(m.judge(b, w, f.random, true), true))
	l.add(g, "adv_b", adversarial, w.GAN)
	return l.close(g)
}

// DiscriminatorLoss has the term dis_b, and dis_b2 of the discriminator of pictures in random styles, if there is one.
func (m bicycle) DiscriminatorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	g := b.Graph
	f := m.fakes(b, x, s, w)
	var l Loss
	if !w.OwnD {
		l.add(g, "dis_b", b.fakesLoss(weights.B, x.B, f.own, f.random), w.GAN)
		return l.close(g)
	}
	for i, fake := range []*graph.Node{f.own, f.random} {
		value := g.Add(b.adversarial(m.judge(b, w, x.B, i > 0), true), b.adversarial(m.judge(b, w, fake, i > 0), false))
		l.add(g, []string{"dis_b", "dis_b2"}[i], value, w.GAN)
	}
	return l.close(g)
}

func (bicycle) Translate(b *Builder, d weights.Direction, x, s *graph.Node) *graph.Node {
	return munit{}.Translate(b, d, x, s)
}

func (bicycle) NoiseOf(d weights.Direction) weights.Domain { return d.To() }
func (bicycle) Directions() []weights.Direction            { return bothDirections[:1] }
func (bicycle) Paired() bool                               { return true }
