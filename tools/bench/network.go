package main

import (
	"math"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// network is one thing to compute: a model with weights by formula, a picture and a style.
type network struct {
	title          string // its size, for people
	seed           string
	modelA, modelB string // the generators' names within the seed
	config         weights.Config
	size           int       // of the square picture, pixels
	pixels         []byte    // RGBA, opaque
	style          []float32 // style_dim values
}

// m64 is small enough for emulated GPUs. Its ONNX form uses one generator, without a name, for both ends.
func m64() network {
	return newNetwork("64×64 pixels, dim 32, n_res 4, 2.2 GFLOP a picture", "peer", "", "", 64, weights.Gen{Dim: 32, MLPDim: 128, NRes: 4})
}

// full is the paper's size, and that of the golden vectors of this name.
func full() network {
	return newNetwork("256×256 pixels, dim 64, n_res 4, 142 GFLOP a picture", "golden/full", "a", "b", 256, weights.Gen{Dim: 64, MLPDim: 256, NRes: 4})
}

func newNetwork(title, seed, modelA, modelB string, size int, gen weights.Gen) network {
	gen.StyleDim, gen.NDownsample, gen.Activ, gen.PadType = 8, 2, "relu", "reflect"
	n := network{
		title: title, seed: seed, modelA: modelA, modelB: modelB, size: size,
		config: weights.Config{Gen: gen, InputDimA: 3, InputDimB: 3},
		// Weights of rank 2 have a formula whose values suit a style as well.
		style: formula.Values("bench", "", "style", []int{1, gen.StyleDim}),
	}
	noise := formula.Values("bench", "", "picture.norm.gamma", []int{3 * size * size}) // this formula is U(0, 1)
	for i := range size * size {
		for c := range 3 {
			n.pixels = append(n.pixels, byte(math.Round(float64(noise[3*i+c])*255)))
		}
		n.pixels = append(n.pixels, 255)
	}
	return n
}

// model gives the weights that translating a to b takes, and no others, as the ONNX file has it.
func (n network) model() *weights.Model {
	m := formula.Model(n.config, n.seed, n.modelA, n.modelB)
	one := *m
	one.Tensors = map[string]*weights.Tensor{}
	for _, p := range []struct {
		domain weights.Domain
		part   weights.Part
	}{{weights.A, weights.EncContent}, {weights.B, weights.MLP}, {weights.B, weights.Dec}} {
		for _, k := range n.config.Keys(p.domain, p.part) {
			name := p.domain.Tensor(k.Name)
			one.Tensors[name] = m.Tensors[name]
		}
	}
	return &one
}

// values is the picture as the networks take it: CHW in [-1, 1].
func (n network) values() []float32 { return n.planes(n.pixels) }

// planes turns RGBA pixels of n's size into CHW in [-1, 1].
func (n network) planes(pixels []byte) []float32 {
	plane := n.size * n.size
	values := make([]float32, 3*plane)
	for i := range plane {
		for c := range 3 {
			values[c*plane+i] = float32(pixels[4*i+c])/127.5 - 1
		}
	}
	return values
}
