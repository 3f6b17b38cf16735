package weights

// The methods that MUNIT is compared with, as trained here: with MUNIT's encoders and decoders, so that what differs is the method.

// unit is UNIT (Liu et al. 2017), with NVlabs' names: a content encoder, and a decoder that takes no style. At test time its code has no noise, unless
// Config.Noise asks for that of training, of variance 1.
var (
	unit      = plain("enc", nil, nil)
	unitNoise = plain("enc", codeNoise, func(s *sequence, p Part) {
		if p == Dec {
			s.plain(AddNoise)
		}
	})
)

// cycleGAN is CycleGAN (Zhu et al. 2017a). With noise, a channel of noise joins the picture (Huang et al. 2018, section 5.1).
var (
	cycleGAN      = plain(EncContent, nil, nil)
	cycleGANNoise = plain(EncContent, pictureNoise, func(s *sequence, p Part) {
		if p == EncContent {
			s.joinStyle(1)
		}
	})
)

func pictureNoise(_ Config, _ Direction, h, w int) [3]int { return [3]int{1, h, w} }

func codeNoise(c Config, _ Direction, h, w int) [3]int {
	return [3]int{c.ContentDim(), h >> c.Gen.NDownsample, w >> c.Gen.NDownsample}
}

// plain is an architecture without styles: an encoder and a decoder. Of those with noise, begin writes the layer that takes it.
func plain(encoder Part, noise func(c Config, d Direction, h, w int) [3]int, begin func(s *sequence, p Part)) Architecture {
	return Architecture{
		Parts: []Part{encoder, Dec},
		Noise: noise,
		Stages: func(dir Direction) Stages {
			return Stages{Encode: dir.From().Network(encoder), Decode: dir.To().Network(Dec)}
		},
		Layers: func(c Config, d Domain, p Part) []Layer {
			s := &sequence{width: c.InputDim(d), pad: c.Gen.PadType}
			if p == Dec {
				s.width = c.ContentDim()
			}
			if begin != nil {
				begin(s, p)
			}
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
