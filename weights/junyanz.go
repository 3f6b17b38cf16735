package weights

import "fmt"

// The parts of a generator that is one chain of layers: to the last residual block, and from there.
const (
	Encoder Part = "encoder"
	Decoder Part = "decoder"
)

const downsamplings = 2 // of resnet, as of all its checkpoints

// resnet is the ResNet generator of junyanz' CycleGAN (pytorch-CycleGAN-and-pix2pix, networks.ResnetGenerator; Johnson et al. 2016), with its names of
// tensors. Its generator of a, latest_net_G_A.pth, makes pictures of b. Batch norm, which by default has the statistics of the one picture at test
// time, too, is an instance norm with a learnt scale and shift then; with the running statistics it is a part of the convolutions.
var resnet = Architecture{
	Parts: []Part{Encoder, Decoder},
	Stages: func(dir Direction) Stages {
		return Stages{Encode: dir.From().Network(Encoder), Decode: dir.From().Network(Decoder)}
	},
	Check: func(c Config) error {
		for _, err := range []error{
			within("gen.n_downsample", c.Gen.NDownsample, downsamplings, downsamplings),
			oneOf("gen.activ", c.Gen.Activ, []string{"relu"}),
			oneOf("gen.dec_norm", c.Gen.DecNorm, []string{""}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	},
	Layers: func(c Config, d Domain, p Part) []Layer {
		s := &sequence{width: c.InputDim(d), pad: c.Gen.PadType}
		at := 0 // the number of the next module of the chain
		next := func(skipped int) string {
			at += skipped + 1
			return fmt.Sprintf("model.%d", at-1)
		}
		// block is a convolution with a norm and a rectifier behind it.
		block := func(skipped int, l Layer) {
			l.Name, l.Bias = next(skipped), c.Gen.EncNorm == NoNorm
			s.add(l)
			s.normOf(next(0), c.Gen.EncNorm)
			s.activate("", "relu")
			at++
		}
		block(1, Layer{Op: Conv, Out: c.Gen.Dim, Kernel: 7, Stride: 1, Pad: 3, PadType: "reflect"})
		for range downsamplings {
			block(0, Layer{Op: Conv, Out: 2 * s.width, Kernel: 3, Stride: 2, Pad: 1, PadType: "zero"})
		}
		for range c.Gen.NRes {
			s.resnetBlock(next(0), c.Gen)
		}
		if p == Encoder {
			return s.layers
		}
		s.layers = nil
		for range downsamplings {
			block(0, Layer{Op: ConvTranspose, Out: s.width / 2, Kernel: 3, Stride: 2, Pad: 1, OutputPad: 1})
		}
		s.add(Layer{Op: Conv, Name: next(1), Out: c.InputDim(d.From().To()), Kernel: 7, Stride: 1, Pad: 3, PadType: "reflect", Bias: true})
		s.activate("", "tanh")
		return s.layers
	},
}

// resnetBlock is pad, conv, norm, relu, dropout where it was trained with, pad, conv, norm, plus its input: networks.ResnetBlock.
func (s *sequence) resnetBlock(name string, g Gen) {
	first, second := 1, 5
	if g.PadType == "zero" { // which is no module of its own
		first, second = 0, 3
	}
	if g.Dropout {
		second++
	}
	s.residual(func(s *sequence) {
		for i, at := range []int{first, second} {
			s.conv(fmt.Sprintf("%s.conv_block.%d", name, at), s.width, 3, 1, 1, g.EncNorm == NoNorm)
			s.normOf(fmt.Sprintf("%s.conv_block.%d", name, at+1), g.EncNorm)
			if i == 0 {
				s.activate("", "relu")
			}
		}
	})
}

// normOf adds a norm of a kind, where empty means instance norm, and NoNorm none.
func (s *sequence) normOf(name, kind string) {
	switch kind {
	case NoNorm:
	case "":
		s.norm(name, InstanceNorm)
	default:
		s.norm(name, kind)
	}
}
