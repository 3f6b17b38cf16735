package net

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// bicycle is BicycleGAN (Zhu et al. 2017, "Toward multimodal image-to-image translation"): it learns from pairs, from a to b, to draw in the style of the
// true picture (cVAE-GAN) and to find a random style again in what it drew (cLR-GAN).
//
// Simplified: the generator is MUNIT's, with a style encoder of b; the styles' encoder gives the mean only, and its variance is 1, since the graph language
// has no exponential; one discriminator serves both kinds of fakes; the encoder also learns from styles found again, which the original leaves to the generator.
type bicycle struct{}

// Noise of a is what is added to encoded styles, that of b the random styles.
func (bicycle) Noise(c weights.Config, _ weights.Domain, x graph.Shape) graph.Shape {
	return graph.Shape{x[0], c.Gen.StyleDim}
}

// fakes are x.A in the style of x.B, with noise, and in random styles.
func (m bicycle) fakes(b *Builder, x, s Pair) (mean, own, random *graph.Node) {
	content := b.EncodeContent(weights.A, x.A)
	mean = b.EncodeStyle(weights.B, x.B)
	draw := func(style *graph.Node) *graph.Node { return b.Decode(weights.B, content, b.MLP(weights.B, style)) }
	return mean, draw(b.Graph.Add(mean, s.A)), draw(s.B)
}

// GeneratorLoss has the terms recon_x_b, recon_s_b, kl_b and adv_b.
func (m bicycle) GeneratorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	g := b.Graph
	mean, own, random := m.fakes(b, x, s)
	var l Loss
	l.add(g, "recon_x_b", l1(g, own, x.B), w.ReconX)
	l.add(g, "recon_s_b", l1(g, b.EncodeStyle(weights.B, random), s.B), w.ReconS)
	l.add(g, "kl_b", g.ReduceMean(g.Mul(mean, mean)), w.KL)
	adversarial := g.Add(b.adversarial(b.Discriminate(weights.B, own), true), b.adversarial(b.Discriminate(weights.B, random), true))
	l.add(g, "adv_b", adversarial, w.GAN)
	return l.close(g)
}

// DiscriminatorLoss has the term dis_b.
func (m bicycle) DiscriminatorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	_, own, random := m.fakes(b, x, s)
	var l Loss
	l.add(b.Graph, "dis_b", b.fakesLoss(weights.B, x.B, own, random), w.GAN)
	return l.close(b.Graph)
}

func (bicycle) Translate(b *Builder, d weights.Direction, x, s *graph.Node) *graph.Node {
	return munit{}.Translate(b, d, x, s)
}

func (bicycle) NoiseOf(d weights.Direction) weights.Domain { return d.To() }
func (bicycle) Directions() []weights.Direction            { return bothDirections[:1] }
func (bicycle) Paired() bool                               { return true }
