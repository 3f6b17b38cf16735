package net

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// LossWeights are the factors of the loss terms, under the names of NVlabs' YAML keys (Huang et al. 2018, equation 5).
type LossWeights struct {
	GAN       float32 // gan_w
	ReconX    float32 // recon_x_w: image reconstruction within a domain
	ReconS    float32 // recon_s_w: style reconstruction
	ReconC    float32 // recon_c_w: content reconstruction
	VGG       float32 // vgg_w: perceptual distance of a translation from its original; at 0 it is not computed
	ReconXCyc float32 // recon_x_cyc_w: there and back; at 0 the pictures back are not made
	KL        float32 // recon_kl_w: of codes from N(0, I), in methods with variational encoders
	KLCyc     float32 // recon_kl_cyc_w: the same of translations' codes
	Identity  float32 // lambda_identity, a share of ReconXCyc: of pictures that a generator of CycleGAN should leave as they are; at 0 it is not computed

	LogVar bool // learn_logvar: BicycleGAN's style encoder also gives the variance
	OwnD   bool // not use_same_D: BicycleGAN has a discriminator for pictures in encoded styles, and one for those in random ones
}

// Pair holds a node per domain: a batch of images [N, input_dim, H, W] in [-1, 1], or of styles [N, style_dim].
type Pair struct{ A, B *graph.Node }

// Term is one loss term, before its weight: a [1].
type Term struct {
	Name  string // such as "recon_x_a"
	Value *graph.Node
}

// Loss is the loss of one update: its terms, and Total, the weighted sum, a [1].
type Loss struct {
	Terms []Term
	Total *graph.Node
}

// add appends a term. One of weight 0 is reported but takes no part in Total, so that its gradient costs nothing.
func (l *Loss) add(g *graph.Graph, name string, value *graph.Node, weight float32) {
	l.Terms = append(l.Terms, Term{name, value})
	if weight == 0 {
		return
	}
	if weight != 1 {
		value = g.Scale(value, weight)
	}
	if l.Total != nil {
		value = g.Add(l.Total, value)
	}
	l.Total = value
}

// close makes a total of zero where no term has a weight.
func (l *Loss) close(g *graph.Graph) Loss {
	if l.Total == nil {
		l.Total = g.Constant(0, 1)
	}
	return *l
}

// GeneratorLoss is the loss of the generators' update (docs/networks.md, "Training"): x are real images, s styles drawn from N(0, I). Terms, each for a and b:
// recon_x, recon_s, recon_c, adv and, weighted, cyc_x. No gradient stops: the content code that is to be reconstructed learns, too.
func (b *Builder) GeneratorLoss(x, s Pair, w LossWeights) Loss {
	g := b.Graph
	contentA, styleA := b.EncodeContent(weights.A, x.A), b.EncodeStyle(weights.A, x.A)
	contentB, styleB := b.EncodeContent(weights.B, x.B), b.EncodeStyle(weights.B, x.B)
	decode := func(d weights.Domain, content, style *graph.Node) *graph.Node {
		return b.Decode(d, content, b.MLP(d, style))
	}
	var l Loss
	l.add(g, "recon_x_a", l1(g, decode(weights.A, contentA, styleA), x.A), w.ReconX)
	l.add(g, "recon_x_b", l1(g, decode(weights.B, contentB, styleB), x.B), w.ReconX)

	fakeA, fakeB := decode(weights.A, contentB, s.A), decode(weights.B, contentA, s.B)
	l.add(g, "recon_s_a", l1(g, b.EncodeStyle(weights.A, fakeA), s.A), w.ReconS)
	l.add(g, "recon_s_b", l1(g, b.EncodeStyle(weights.B, fakeB), s.B), w.ReconS)
	againA, againB := b.EncodeContent(weights.B, fakeB), b.EncodeContent(weights.A, fakeA)
	l.add(g, "recon_c_a", l1(g, againA, contentA), w.ReconC)
	l.add(g, "recon_c_b", l1(g, againB, contentB), w.ReconC)
	l.add(g, "adv_a", b.adversarial(b.Discriminate(weights.A, fakeA), true), w.GAN)
	l.add(g, "adv_b", b.adversarial(b.Discriminate(weights.B, fakeB), true), w.GAN)
	if w.ReconXCyc != 0 {
		l.add(g, "cyc_x_a", l1(g, decode(weights.A, againA, styleA), x.A), w.ReconXCyc)
		l.add(g, "cyc_x_b", l1(g, decode(weights.B, againB, styleB), x.B), w.ReconXCyc)
	}
	if w.VGG != 0 {
		l.add(g, "vgg_a", b.perceptual(fakeA, x.B), w.VGG)
		l.add(g, "vgg_b", b.perceptual(fakeB, x.A), w.VGG)
	}
	return l.close(g)
}

// DiscriminatorLoss is the loss of the discriminators' update, of real images x against fakes with the styles s. Terms: dis_a, dis_b.
// Differentiate it with respect to the discriminators' weights only; the generators then have no backward pass.
func (b *Builder) DiscriminatorLoss(x, s Pair, w LossWeights) Loss {
	g := b.Graph
	contentA, contentB := b.EncodeContent(weights.A, x.A), b.EncodeContent(weights.B, x.B)
	fakeA := b.Decode(weights.A, contentB, b.MLP(weights.A, s.A))
	fakeB := b.Decode(weights.B, contentA, b.MLP(weights.B, s.B))
	var l Loss
	term := func(d weights.Domain, fake, real *graph.Node) {
		value := g.Add(b.adversarial(b.Discriminate(d, fake), false), b.adversarial(b.Discriminate(d, real), true))
		l.add(g, "dis_"+string(d), value, w.GAN)
	}
	term(weights.A, fakeA, x.A)
	term(weights.B, fakeB, x.B)
	return l.close(g)
}

// adversarial is how far a discriminator's logits, one map per scale, are from calling their images real or fake: a mean for each scale,
// summed. For gan_type lsgan it is the squared distance from 1 or 0 (Mao et al. 2017), for nsgan the cross entropy (Goodfellow et al. 2014).
func (b *Builder) adversarial(maps []*graph.Node, real bool) *graph.Node {
	g := b.Graph
	var sum *graph.Node
	for _, logits := range maps {
		var loss *graph.Node
		switch {
		case b.Config.Dis.GANType == "nsgan" && real: // −log σ(x) = softplus(−x)
			loss = g.Activate(graph.ActSoftplus, g.Scale(logits, -1))
		case b.Config.Dis.GANType == "nsgan": // −log(1 − σ(x)) = softplus(x)
			loss = g.Activate(graph.ActSoftplus, logits)
		case real:
			d := g.Sub(logits, g.Constant(1, logits.Shape...))
			loss = g.Mul(d, d)
		default:
			loss = g.Mul(logits, logits)
		}
		loss = g.ReduceMean(loss)
		if sum != nil {
			loss = g.Add(sum, loss)
		}
		sum = loss
	}
	return sum
}

// l1 is the mean absolute difference.
func l1(g *graph.Graph, a, b *graph.Node) *graph.Node {
	return g.ReduceMean(g.Activate(graph.ActAbs, g.Sub(a, b)))
}

// Trainable declares weights as inputs of a graph, each once, so that an optimiser can change them between runs. Its Weight is for
// Builder.Weight; Inputs has the weights in the order of their first use.
type Trainable struct {
	Graph  *graph.Graph
	Inputs []*graph.Node
}

// Weight is the input of a name.
func (t *Trainable) Weight(name string, shape ...int) *graph.Node {
	for _, n := range t.Inputs {
		if n.Name == name {
			return n
		}
	}
	n := t.Graph.Input(name, shape...)
	t.Inputs = append(t.Inputs, n)
	return n
}
