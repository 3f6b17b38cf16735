package weights

import "fmt"

// munit is MUNIT (Huang et al. 2018), with NVlabs' names of blocks (docs/networks.md, "Generator").
var munit = Architecture{
	Parts:  []Part{EncContent, EncStyle, MLP, Dec},
	Styles: true,
	Stages: func(dir Direction) Stages {
		from, to := dir.From(), dir.To()
		return Stages{Encode: Network{from, EncContent}, Style: Network{to, EncStyle}, Map: Network{to, MLP}, Decode: Network{to, Dec}}
	},
	Layers: func(c Config, d Domain, p Part) []Layer {
		s := &sequence{width: c.InputDim(d), pad: c.Gen.PadType}
		switch p {
		case EncContent:
			c.contentEncoder(s, string(EncContent))
		case EncStyle:
			c.styleEncoder(s)
		case MLP:
			c.mlp(s)
		case Dec:
			c.decoder(s, c.InputDim(d), AdaIN)
		}
		return s.layers
	},
}

// contentEncoder is a content encoder whose keys begin with name: a picture [N, input_dim, H, W] in [-1, 1] to [N, ContentDim, H/2^n_downsample, W/2^n_downsample].
func (c Config) contentEncoder(s *sequence, name string) {
	norm := c.Gen.EncNorm
	if norm == "" {
		norm = InstanceNorm
	}
	width, kernel, stride, pad := c.Gen.Dim, 7, 1, 3
	for i := range c.Gen.NDownsample + 1 {
		block := fmt.Sprintf("%s.model.%d", name, i)
		s.conv(block+".conv", width, kernel, stride, pad, false)
		s.norm(block+".norm", norm)
		s.activate(block+".activation", c.Gen.Activ)
		s.tap("content.%d", i)
		width, kernel, stride, pad = 2*width, 4, 2, 1
	}
	for r := range c.Gen.NRes {
		s.resBlock(fmt.Sprintf("%s.model.%d.model.%d", name, c.Gen.NDownsample+1, r), c.Gen.Activ, func(s *sequence, block string) {
			s.norm(block+".norm", norm)
		})
		s.tap("content.res%d", r)
	}
}

// styleEncoder is the style encoder: a picture [N, input_dim, H, W] in [-1, 1] to [N, style_dim].
func (c Config) styleEncoder(s *sequence) {
	dim := c.Gen.Dim
	kernel, stride, pad := 7, 1, 3
	for i, width := range [...]int{dim, 2 * dim, 4 * dim, 4 * dim, 4 * dim} {
		block := fmt.Sprintf("enc_style.model.%d", i)
		s.conv(block+".conv", width, kernel, stride, pad, true)
		s.activate(block+".activation", c.Gen.Activ)
		kernel, stride, pad = 4, 2, 1
	}
	s.plain(GlobalAveragePool)
	s.conv("enc_style.model.6", c.Gen.StyleDim, 1, 1, 0, true)
	s.plain(Flatten)
	s.tap("style")
}

// mlp maps a style code [N, style_dim] to the AdaIN parameters [N, AdaINDim].
func (c Config) mlp(s *sequence) {
	s.width = c.Gen.StyleDim
	for i, width := range [...]int{c.Gen.MLPDim, c.Gen.MLPDim, c.AdaINDim()} {
		block := fmt.Sprintf("mlp.model.%d", i)
		s.linear(block+".fc", width)
		if i < 2 {
			s.activate(block+".activation", c.Gen.Activ)
		}
	}
	s.tap("adain")
}

// decoder is the decoder: a content code [N, ContentDim, h, w] to a picture [N, channels, h·2^n_downsample, w·2^n_downsample] in [-1, 1].
// The norm of its residual blocks is AdaIN, or Norm where there are no styles.
func (c Config) decoder(s *sequence, channels int, norm LayerOp) {
	s.width = c.ContentDim()
	for r := range c.Gen.NRes {
		s.resBlock(fmt.Sprintf("dec.model.0.model.%d", r), c.Gen.Activ, func(s *sequence, _ string) {
			s.add(Layer{Op: norm, Kind: InstanceNorm})
		})
		s.tap("dec.res%d", r)
	}
	layerNorm := c.Gen.DecNorm
	if layerNorm == "" {
		layerNorm = LayerNorm
	}
	for u := range c.Gen.NDownsample {
		block := fmt.Sprintf("dec.model.%d", 2*u+2) // the odd numbers are the upsamplings
		s.plain(Upsample)
		s.conv(block+".conv", s.width/2, 5, 1, 2, true)
		s.norm(block+".norm", layerNorm)
		s.activate(block+".activation", c.Gen.Activ)
		s.tap("dec.up%d", u)
	}
	s.conv(fmt.Sprintf("dec.model.%d.conv", 2*c.Gen.NDownsample+1), channels, 7, 1, 3, true)
	s.activate("", "tanh")
}

// resBlock is conv, norm, activation, conv, norm, plus its input. An instance norm or AdaIN takes the mean away, and with it a conv's bias, so
// that these have none.
func (s *sequence) resBlock(name, activ string, norm func(s *sequence, block string)) {
	s.residual(func(s *sequence) {
		first, second := name+".model.0", name+".model.1"
		s.conv(first+".conv", s.width, 3, 1, 1, false)
		norm(s, first)
		s.activate(first+".activation", activ)
		s.conv(second+".conv", s.width, 3, 1, 1, false)
		norm(s, second)
	})
}

// Discriminator is MUNIT's discriminator of domain d as layers: a chain for each scale, of which each next one takes the picture at half the
// size. Training needs it; a model file does not hold it. Each gives a map of logits [N, 1, h, w].
func (c Config) Discriminator(d Domain) [][]Layer {
	scales := make([][]Layer, c.Dis.NumScales)
	for scale := range scales {
		s := &sequence{width: c.InputDim(d), pad: c.Dis.PadType}
		width := c.Dis.Dim
		for i := range c.Dis.NLayer {
			block := fmt.Sprintf("cnns.%d.%d", scale, i)
			s.conv(block+".conv", width, 4, 2, 1, true)
			s.activate(block+".activation", c.Dis.Activ)
			width *= 2
		}
		s.conv(fmt.Sprintf("cnns.%d.%d", scale, c.Dis.NLayer), 1, 1, 1, 0, true)
		scales[scale] = s.layers
	}
	return scales
}

// DiscriminatorKeys lists the tensors of the discriminator of domain d.
func (c Config) DiscriminatorKeys(d Domain) (all []Key) {
	for _, layers := range c.Discriminator(d) {
		all = append(all, keys(layers)...)
	}
	return all
}
