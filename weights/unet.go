package weights

import "fmt"

// StyleEncoder is unet's part that takes styles from pictures.
const StyleEncoder Part = "style_encoder"

// unet is the generator of junyanz' BicycleGAN (networks.G_Unet_add_all) with its style encoder (networks.E_ResNet), from a to b: a U-Net of n_downsample
// levels that takes the style at each of them. latest_net_G.pth is a's generator, latest_net_E.pth belongs to b. At test time the style is
// drawn from N(0, I), or is the mean that the encoder finds.
var unet = Architecture{
	Parts:  []Part{StyleEncoder, Decoder},
	Styles: true,
	Stages: func(dir Direction) Stages {
		return Stages{Style: dir.To().Network(StyleEncoder), Decode: dir.From().Network(Decoder)}
	},
	Check: func(c Config) error {
		for _, err := range []error{
			within("gen.n_downsample", c.Gen.NDownsample, 5, maxLevels),
			oneOf("gen.activ", c.Gen.Activ, []string{"relu"}),
			oneOf("gen.dec_norm", c.Gen.DecNorm, []string{""}),
			oneOf("gen.enc_norm", c.Gen.EncNorm, []string{"", InstanceNormAffine}),
			oneOf("gen.net_e", c.Gen.NetE, []string{"", "resnet_128", "resnet_256"}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	},
	Layers: func(c Config, d Domain, p Part) []Layer {
		s := &sequence{width: c.InputDim(d), pad: "zero"}
		switch {
		case d == A && p == Decoder:
			c.unetLevel(s, 0, "model")
		case d == B && p == StyleEncoder && c.Gen.NetE != "":
			c.resnetEncoder(s)
		}
		return s.layers
	},
}

// unetLevel is a level of the U-Net, whose tensors' names begin with name. The outermost, level 0, is the whole.
func (c Config) unetLevel(s *sequence, level int, name string) {
	last := level == c.Gen.NDownsample-1
	inner := c.Gen.Dim << min(level, 3)
	body := func(s *sequence) {
		out := s.width // behind a level, its input's channels
		s.joinStyle(c.Gen.StyleDim)
		if level == 0 {
			s.conv(name+".down.0", inner, 4, 2, 1, true)
		} else {
			s.activate("", "lrelu")
			s.conv(name+".down.1", inner, 4, 2, 1, last || c.Gen.EncNorm != "")
			if !last {
				s.normOf(name+".down.2", c.Gen.EncNorm)
			}
		}
		if !last {
			c.unetLevel(s, level+1, name+".submodule")
		}
		s.activate("", "relu")
		if level == 0 {
			s.transpose(name+".up.1", c.InputDimB, true)
			s.activate("", "tanh")
			return
		}
		s.transpose(name+".up.1", out, c.Gen.EncNorm != "")
		s.normOf(name+".up.2", c.Gen.EncNorm)
	}
	if level == 0 {
		body(s)
		return
	}
	s.skip(body)
}

// resnetEncoder is a picture [N, input_dim, H, W] to the mean of its style code [N, style_dim].
func (c Config) resnetEncoder(s *sequence) {
	blocks := 4
	if c.Gen.NetE == "resnet_256" {
		blocks = 5
	}
	s.conv("conv.0", c.Gen.NEF, 4, 2, 1, true)
	for n := 1; n < blocks; n++ {
		name, out := fmt.Sprintf("conv.%d", n), c.Gen.NEF*min(4, n+1)
		block, shortcut := sequence{width: s.width, pad: "zero"}, sequence{width: s.width, pad: "zero"}
		block.normOf(name+".conv.0", c.Gen.EncNorm)
		block.activate("", "lrelu")
		block.conv(name+".conv.2", s.width, 3, 1, 1, c.Gen.EncNorm != "")
		block.normOf(name+".conv.3", c.Gen.EncNorm)
		block.activate("", "lrelu")
		block.conv(name+".conv.5.0", out, 3, 1, 1, true)
		block.add(Layer{Op: AveragePool, Kernel: 2, Stride: 2})
		shortcut.add(Layer{Op: AveragePool, Kernel: 2, Stride: 2})
		shortcut.conv(name+".shortcut.1", out, 1, 1, 0, true)
		s.add(Layer{Op: Residual, Layers: block.layers, Shortcut: shortcut.layers, Out: out})
	}
	s.activate("", "lrelu")
	s.plain(GlobalAveragePool)
	s.plain(Flatten)
	s.linear("fc.0", c.Gen.StyleDim)
}

func (s *sequence) joinStyle(dim int) { s.add(Layer{Op: JoinStyle, Out: s.width + dim}) }

// transpose is the U-Net's way up: twice the size.
func (s *sequence) transpose(name string, out int, bias bool) {
	s.add(Layer{Op: ConvTranspose, Name: name, Out: out, Kernel: 4, Stride: 2, Pad: 1, Bias: bias})
}
