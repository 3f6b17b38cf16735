package bench

import (
	"math"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// Network is one thing to compute: a model with weights by formula, a picture and a style.
type Network struct {
	Title          string // its size, for people
	Seed           string
	ModelA, ModelB string // the generators' names within the seed
	Config         weights.Config
	Size           int       // of the square picture, pixels
	Pixels         []byte    // RGBA, opaque
	Style          []float32 // style_dim values; nil where the method has no styles
}

// M16 says little of speed, and at once.
func M16() Network {
	return NewNetwork("16×16 pixels, dim 8, n_res 4, 9 MFLOP a picture", "peer", "", "", 16, weights.Gen{Dim: 8, MLPDim: 32, NRes: 4})
}

// M64 is small enough for emulated GPUs. Its ONNX form uses one generator, without a name, for both ends.
func M64() Network {
	return NewNetwork("64×64 pixels, dim 32, n_res 4, 2.2 GFLOP a picture", "peer", "", "", 64, weights.Gen{Dim: 32, MLPDim: 128, NRes: 4})
}

// M128 has the paper's width at half its picture's size.
func M128() Network {
	return NewNetwork("128×128 pixels, dim 64, n_res 4, 36 GFLOP a picture", "peer", "", "", 128, weights.Gen{Dim: 64, MLPDim: 256, NRes: 4})
}

// Full is the paper's size, and that of the golden vectors of this name.
func Full() Network {
	return NewNetwork("256×256 pixels, dim 64, n_res 4, 142 GFLOP a picture", "golden/full", "a", "b", 256, weights.Gen{Dim: 64, MLPDim: 256, NRes: 4})
}

// CycleGAN is the generator that most people have of junyanz' CycleGAN, at the size that it is trained at.
func CycleGAN() Network {
	return newNetwork("CycleGAN, 256×256 pixels, ngf 64, 9 blocks, 114 GFLOP a picture", "cyclegan", "a", "b", 256,
		weights.Config{Method: "CycleGAN", Gen: weights.Gen{Dim: 64, NRes: 9, NetG: "resnet"}})
}

// NewNetwork makes a MUNIT of that width and of what else all have: two downsamplings, relu, reflect padding.
func NewNetwork(title, seed, modelA, modelB string, size int, gen weights.Gen) Network {
	gen.StyleDim = 8
	return newNetwork(title, seed, modelA, modelB, size, weights.Config{Gen: gen})
}

func newNetwork(title, seed, modelA, modelB string, size int, c weights.Config) Network {
	c.Gen.NDownsample, c.Gen.Activ, c.Gen.PadType = 2, "relu", "reflect"
	c.InputDimA, c.InputDimB = 3, 3
	n := Network{Title: title, Seed: seed, ModelA: modelA, ModelB: modelB, Size: size, Config: c}
	if c.Gen.StyleDim > 0 { // weights of rank 2 have a formula whose values suit a style as well
		n.Style = formula.Values("bench", "", "style", []int{1, c.Gen.StyleDim})
	}
	noise := formula.Values("bench", "", "picture.norm.gamma", []int{3 * size * size}) // this formula is U(0, 1)
	for i := range size * size {
		for c := range 3 {
			n.Pixels = append(n.Pixels, byte(math.Round(float64(noise[3*i+c])*255)))
		}
		n.Pixels = append(n.Pixels, 255)
	}
	return n
}

// Model gives the weights that translating a to b takes, and no others, as the ONNX file has it.
func (n Network) Model() *weights.Model {
	m := formula.Model(n.Config, n.Seed, n.ModelA, n.ModelB)
	for _, d := range [...]weights.Direction{weights.A2B, weights.B2A} { // the ONNX file has no style encoder
		style := m.Stages(d).Style
		for _, k := range n.Config.Keys(style) {
			delete(m.Tensors, style.Domain.Tensor(k.Name))
		}
	}
	one, err := m.Only(weights.A2B)
	if err != nil {
		panic(err) // a model by formula is whole
	}
	return one
}

// Values is the picture as the networks take it: CHW in [-1, 1].
func (n Network) Values() []float32 { return n.Planes(n.Pixels) }

// Planes turns RGBA pixels of n's size into CHW in [-1, 1].
func (n Network) Planes(pixels []byte) []float32 {
	plane := n.Size * n.Size
	values := make([]float32, 3*plane)
	for i := range plane {
		for c := range 3 {
			values[c*plane+i] = float32(pixels[4*i+c])/127.5 - 1
		}
	}
	return values
}
