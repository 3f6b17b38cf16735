package weights

// The methods that MUNIT is compared with, as trained here: with MUNIT's encoders and decoders, so that what differs is the method.

// unit is UNIT (Liu et al. 2017), with NVlabs' names: a content encoder, and a decoder that takes no style. At test time its code has no noise, unless
// Config.Noise asks for that of training, of variance 1.
var (
	unit      = plain("enc", "")
	unitNoise = plain("enc", Dec)
)

// cycleGAN is CycleGAN (Zhu et al. 2017a). With noise, a channel of noise joins the picture (Huang et al. 2018, section 5.1).
var (
	cycleGAN      = plain(EncContent, "")
	cycleGANNoise = plain(EncContent, EncContent)
)

// plain is an architecture without styles: an encoder and a decoder, of which one may take noise.
func plain(encoder, noisy Part) Architecture {
	return Architecture{
		Parts: []Part{encoder, Dec},
		Noise: noisy,
		Stages: func(dir Direction) Stages {
			return Stages{Encode: dir.From().Network(encoder), Decode: dir.To().Network(Dec)}
		},
		Layers: func(c Config, d Domain, p Part) []Layer {
			s := &sequence{width: c.InputDim(d), pad: c.Gen.PadType}
			if p == encoder {
				if p == noisy {
					s.joinStyle(1)
				}
				c.contentEncoder(s, string(encoder))
				return s.layers
			}
			s.width = c.ContentDim()
			if p == noisy {
				s.plain(AddNoise)
			}
			c.decoder(s, c.InputDim(d), Norm)
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
