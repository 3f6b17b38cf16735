package net

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// cyclic are the methods without style codes, that translate there and back:
//
//   - CycleGAN (Zhu et al. 2017): adversarial losses and cycle consistency.
//   - CycleGAN with noise: the same with a map of noise as a channel more, as in the comparison of Huang et al. 2018, section 5.1.
//   - UNIT (Liu et al. 2017): each domain has a variational auto-encoder, whose codes with noise of variance 1 added are to have the distribution
//     N(0, I); either decoder takes them.
//
// Simplified: generators are MUNIT's content encoders and decoders, with instance norms in AdaIN's place, and discriminators MUNIT's. UNIT's encoders
// and decoders share no layers: what makes the codes one space is the cycle.
type cyclic struct{ noise noiseKind }

type noiseKind int

const (
	noNoise     noiseKind = iota
	mapNoise              // [N, 1, H, W], a channel of the picture
	latentNoise           // of the content code's shape, added to that
)

func (m cyclic) Noise(c weights.Config, _ weights.Domain, x graph.Shape) graph.Shape {
	switch m.noise {
	case mapNoise:
		return graph.Shape{x[0], 1, x[2], x[3]}
	case latentNoise:
		return graph.Shape{x[0], c.ContentDim(), x[2] >> c.Gen.NDownsample, x[3] >> c.Gen.NDownsample}
	}
	return nil
}

// encode gives the code of x, a picture of d, and what the decoder takes of it.
func (m cyclic) encode(b *Builder, d weights.Domain, x, s *graph.Node) (code, noisy *graph.Node) {
	if m.noise == latentNoise {
		code = b.EncodeContent(d, x)
		return code, b.Graph.Add(code, s)
	}
	code = b.encode(d, x, s)
	return code, code
}

// GeneratorLoss has the terms adv and cyc_x of a and b; CycleGAN also idt, if it is weighted; UNIT also recon_x, kl and kl_cyc. The way back from b to a has the noise of b.
func (m cyclic) GeneratorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	g := b.Graph
	var l Loss
	half := func(from, to weights.Domain, x, target, s, back *graph.Node) {
		name := string(from)
		code, noisy := m.encode(b, from, x, s)
		fake := b.Decode(to, noisy, nil)
		again, noisyAgain := m.encode(b, to, fake, back)
		l.add(g, "adv_"+string(to), b.adversarial(b.Discriminate(to, fake), true), w.GAN)
		l.add(g, "cyc_x_"+name, l1(g, b.Decode(from, noisyAgain, nil), x), w.ReconXCyc)
		if m.noise == noNoise && w.Identity != 0 { // Zhu et al. 2017a, section 5.2: a picture of the target domain is to stay
			same, _ := m.encode(b, from, target, nil)
			l.add(g, "idt_"+string(to), l1(g, b.Decode(to, same, nil), target), w.ReconXCyc*w.Identity)
		}
		if m.noise == latentNoise {
			l.add(g, "recon_x_"+name, l1(g, b.Decode(from, noisy, nil), x), w.ReconX)
			l.add(g, "kl_"+name, g.ReduceMean(g.Mul(code, code)), w.KL)
			l.add(g, "kl_cyc_"+name, g.ReduceMean(g.Mul(again, again)), w.KLCyc)
		}
	}
	half(weights.A, weights.B, x.A, x.B, s.A, s.B)
	half(weights.B, weights.A, x.B, x.A, s.B, s.A)
	return l.close(g)
}

// DiscriminatorLoss has the terms dis_a and dis_b.
func (m cyclic) DiscriminatorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	return m.Judge(b, x, Pair{m.Translate(b, weights.B2A, x.B, s.B), m.Translate(b, weights.A2B, x.A, s.A)}, w)
}

// Judge is DiscriminatorLoss of given fakes.
func (cyclic) Judge(b *Builder, x, fakes Pair, w LossWeights) Loss {
	var l Loss
	l.add(b.Graph, "dis_a", b.fakesLoss(weights.A, x.A, fakes.A), w.GAN)
	l.add(b.Graph, "dis_b", b.fakesLoss(weights.B, x.B, fakes.B), w.GAN)
	return l.close(b.Graph)
}

func (m cyclic) Translate(b *Builder, d weights.Direction, x, s *graph.Node) *graph.Node {
	_, noisy := m.encode(b, d.From(), x, s)
	return b.Decode(d.To(), noisy, nil)
}

func (cyclic) NoiseOf(d weights.Direction) weights.Domain { return d.From() }
func (cyclic) Directions() []weights.Direction            { return bothDirections }
func (cyclic) Paired() bool                               { return false }
