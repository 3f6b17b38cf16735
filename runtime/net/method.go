package net

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
)

// Method is a way of learning to translate: MUNIT, or one of those that it is compared with. All take the losses' weights by the same names, and
// networks of the same blocks, so that what differs in a comparison is the method.
type Method interface {
	// Noise is the shape of what a batch of pictures of d, of shape x, is given from N(0, I) in each update: its half of Pair s. Nil is none.
	Noise(c weights.Config, d weights.Domain, x graph.Shape) graph.Shape
	// GeneratorLoss and DiscriminatorLoss are the losses of the two updates of an iteration, of real pictures x.
	GeneratorLoss(b *Builder, x, s Pair, w LossWeights) Loss
	DiscriminatorLoss(b *Builder, x, s Pair, w LossWeights) Loss
	// Translate gives pictures of d's target domain for x, of its source, and noise s, of the shape of d's NoiseOf.
	Translate(b *Builder, d weights.Direction, x, s *graph.Node) *graph.Node
	// NoiseOf is the domain whose noise, as Noise has it, Translate takes.
	NoiseOf(d weights.Direction) weights.Domain
	// Directions are those that are learnt.
	Directions() []weights.Direction
	// Paired tells whether pictures of a batch belong together, a's first to b's first and so on.
	Paired() bool
}

// Judge is a Method whose discriminators can be given fakes from elsewhere: a store of earlier ones.
type Judge interface {
	// Judge is DiscriminatorLoss of fakes, pictures of a and b.
	Judge(b *Builder, x, fakes Pair, w LossWeights) Loss
}

// Methods are all methods by the names that a config's trainer has for them.
var Methods = map[string]Method{
	"MUNIT":         munit{},
	"UNIT":          cyclic{noise: latentNoise},
	"CycleGAN":      cyclic{},
	"CycleGANNoise": cyclic{noise: mapNoise},
	"BicycleGAN":    bicycle{},
}

var bothDirections = []weights.Direction{weights.A2B, weights.B2A}

// munit is Huang et al. 2018; see Builder.GeneratorLoss.
type munit struct{}

func (munit) Noise(c weights.Config, _ weights.Domain, x graph.Shape) graph.Shape {
	return graph.Shape{x[0], c.Gen.StyleDim}
}

func (munit) GeneratorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	return b.GeneratorLoss(x, s, w)
}

func (munit) DiscriminatorLoss(b *Builder, x, s Pair, w LossWeights) Loss {
	return b.DiscriminatorLoss(x, s, w)
}

func (munit) Translate(b *Builder, d weights.Direction, x, s *graph.Node) *graph.Node {
	return b.Translate(d, x, s)
}

func (munit) NoiseOf(d weights.Direction) weights.Domain { return d.To() }
func (munit) Directions() []weights.Direction            { return bothDirections }
func (munit) Paired() bool                               { return false }

// fakesLoss is the discriminator's loss of d for several batches of fakes against one of real pictures. Each side counts the same.
func (b *Builder) fakesLoss(d weights.Domain, real *graph.Node, fakes ...*graph.Node) *graph.Node {
	g := b.Graph
	value := b.adversarial(b.Discriminate(d, real), true)
	for _, fake := range fakes {
		part := b.adversarial(b.Discriminate(d, fake), false)
		if len(fakes) > 1 {
			part = g.Scale(part, 1/float32(len(fakes)))
		}
		value = g.Add(value, part)
	}
	return value
}
