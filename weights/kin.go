package weights

// The methods that MUNIT is compared with, as trained here: with MUNIT's encoders and decoders, so that what differs is the method.

// unit is UNIT (Liu et al. 2017), with NVlabs' names: a content encoder, and a decoder that takes no style. At test time its code has no noise.
var unit = plain("enc", 0)

// cycleGAN is CycleGAN (Zhu et al. 2017a). With noise, a channel of noise joins the picture (Huang et al. 2018, section 5.1).
var (
	cycleGAN      = plain(EncContent, 0)
	cycleGANNoise = plain(EncContent, 1)
)

// plain is an architecture without styles, whose encoder takes channels of noise beside the picture's.
func plain(encoder Part, noise int) Architecture {
	return Architecture{
		Parts: []Part{encoder, Dec},
		Noise: noise,
		Stages: func(dir Direction) Stages {
			return Stages{Encode: dir.From().Network(encoder), Decode: dir.To().Network(Dec)}
		},
		Layers: func(c Config, d Domain, p Part) []Layer {
			s := &sequence{width: c.InputDim(d) + noise, pad: c.Gen.PadType}
			if p == encoder {
				c.contentEncoder(s, string(encoder))
			} else {
				c.decoder(s, c.InputDim(d), Norm)
			}
			return s.layers
		},
	}
}

// bicycleGAN is BicycleGAN (Zhu et al. 2017b): MUNIT's networks from a to b.
var bicycleGAN = Architecture{
	Parts:  munit.Parts,
	Styles: true,
	Stages: munit.Stages,
	Layers: func(c Config, d Domain, p Part) []Layer {
		if (d == A) != (p == EncContent) {
			return nil
		}
		return munit.Layers(c, d, p)
	},
}
