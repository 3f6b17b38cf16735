// Package weights reads, checks, quantises and writes MUNIT model files: safetensors with
// NVlabs' tensor names under "gen_a." and "gen_b." and the model's config in the metadata
// (docs/format.md). It knows nothing of GPUs and keeps to light dependencies, because it is part of
// the wasm; YAML and PyTorch checkpoints belong to weights/nvlabs.
package weights

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Config holds the model keys of an NVlabs YAML config, under NVlabs' names. Training keys
// (learning rate, loss weights) are not part of a model.
type Config struct {
	Method    string `json:"method,omitempty"` // the Architecture; empty is MUNIT
	Noise     bool   `json:"noise,omitempty"`  // UNIT: its code gets noise, so that a picture has many translations
	Gen       Gen    `json:"gen"`
	Dis       Dis    `json:"dis"`
	InputDimA int    `json:"input_dim_a"` // image channels of domain a
	InputDimB int    `json:"input_dim_b"` // image channels of domain b
	NewSize   int    `json:"new_size"`    // shorter side the training images were scaled to, pixels; 0 unknown
	// Where new_size is 0, the domains' own sizes may be known: new_size_a and new_size_b.
	NewSizeA        int `json:"new_size_a,omitempty"`
	NewSizeB        int `json:"new_size_b,omitempty"`
	CropImageHeight int `json:"crop_image_height"` // pixels; 0 unknown
	CropImageWidth  int `json:"crop_image_width"`  // pixels; 0 unknown
}

// Gen is the generators' section of a Config; both domains share it.
type Gen struct {
	Dim         int    `json:"dim"`       // channels after the first conv
	MLPDim      int    `json:"mlp_dim"`   // width of the MLP's hidden layers; 0 without styles
	StyleDim    int    `json:"style_dim"` // length of a style code; 0 without styles
	Activ       string `json:"activ"`     // relu, lrelu, prelu, selu, tanh or none
	NDownsample int    `json:"n_downsample"`
	NRes        int    `json:"n_res"`    // residual blocks in the encoder, and as many in the decoder
	PadType     string `json:"pad_type"` // reflect, replicate or zero

	// What NVlabs' configs do not say, because NVlabs' MUNIT has one way; empty means that one.
	EncNorm string `json:"enc_norm,omitempty"` // content encoder: in, or in_affine with a learnt scale and shift; net_g: these, or none
	DecNorm string `json:"dec_norm,omitempty"` // upsampling blocks: ln, or ln_var_eps with TensorFlow's eps on the biased variance

	// Of generators that are not of MUNIT's blocks.
	NetG    string `json:"net_g,omitempty"`   // resnet: junyanz' ResNet generator of dim ngf, with n_res blocks; unet: their U-Net, with n_downsample levels
	NetE    string `json:"net_e,omitempty"`   // unet: its style encoder, resnet_128 or resnet_256
	NEF     int    `json:"nef,omitempty"`     // unet: channels of the style encoder's first conv
	Dropout bool   `json:"dropout,omitempty"` // whether it was trained with dropout, which shifts the names of its tensors
}

// Dis is the discriminators' section of a Config. Only training needs it, which checks it by Dis.Validate; the zero Dis means that the model
// says nothing about discriminators.
type Dis struct {
	Dim       int    `json:"dim"`
	Norm      string `json:"norm"`
	Activ     string `json:"activ"`
	NLayer    int    `json:"n_layer"`
	GANType   string `json:"gan_type"` // lsgan or nsgan
	NumScales int    `json:"num_scales"`
	PadType   string `json:"pad_type"`
}

// The bounds are far beyond any published MUNIT (dim 64, content width 256), and low enough that
// no shape computed from a checked Config overflows an int32.
const (
	maxDim          = 1024
	maxContentDim   = 8192
	maxMLPDim       = 8192
	maxStyleDim     = 1024
	maxNDownsample  = 6
	maxLevels       = 8 // of a U-Net
	maxNRes         = 32
	maxNLayer       = 8
	maxNumScales    = 8
	maxInputDim     = 16
	maxImageSide    = 1 << 16
	maxTensorValues = math.MaxInt32 / 4
	maxModelValues  = 1 << 30
)

var (
	Activations = []string{"relu", "lrelu", "prelu", "selu", "tanh", "none"}
	paddings    = []string{"reflect", "replicate", "zero"}
	norms       = []string{"none", "in", "bn", "ln", "sn"}
	encNorms    = []string{"", InstanceNorm, InstanceNormAffine}
	decNorms    = []string{"", LayerNorm, LayerNormVarEps}
	ganTypes    = []string{"lsgan", "nsgan"}
)

// Validate reports the first key whose value cannot be a MUNIT model's: its name, its value and
// what is allowed. Of a discriminator a model makes no use, so Dis may hold anything.
func (c Config) Validate() error {
	one := func(is bool) int { // the least of what only some architectures need
		if is {
			return 1
		}
		return 0
	}
	kind, most := c.Architecture(), maxNDownsample
	if c.Gen.NetG == "unet" {
		most = maxLevels
	}
	if _, ok := Architectures[c.kind()]; c.Noise && !ok {
		return fmt.Errorf("config: noise is true: of a model that was trained without it only UNIT's code takes noise, and this is one of %s", cmp.Or(c.Method, "MUNIT"))
	}
	asked := c
	asked.Noise = false
	checks := []error{
		oneOf("method/gen.net_g", asked.kind(), kinds()),
		within("gen.dim", c.Gen.Dim, 1, maxDim),
		within("gen.mlp_dim", c.Gen.MLPDim, one(kind.Stages(A2B).Map.Part != ""), maxMLPDim),
		within("gen.style_dim", c.Gen.StyleDim, one(kind.Styles), maxStyleDim),
		oneOf("gen.activ", c.Gen.Activ, Activations),
		within("gen.n_downsample", c.Gen.NDownsample, 0, most),
		within("gen.n_res", c.Gen.NRes, one(c.Gen.NetG != "unet"), maxNRes),
		within("gen.nef", c.Gen.NEF, 0, maxDim),
		oneOf("gen.pad_type", c.Gen.PadType, paddings),
		oneOf("gen.enc_norm", c.Gen.EncNorm, append(encNorms, NoNorm)),
		oneOf("gen.dec_norm", c.Gen.DecNorm, decNorms),
		within("input_dim_a", c.InputDimA, 1, maxInputDim),
		within("input_dim_b", c.InputDimB, 1, maxInputDim),
		within("new_size", c.NewSize, 0, maxImageSide),
		within("new_size_a", c.NewSizeA, 0, maxImageSide),
		within("new_size_b", c.NewSizeB, 0, maxImageSide),
		within("crop_image_height", c.CropImageHeight, 0, maxImageSide),
		within("crop_image_width", c.CropImageWidth, 0, maxImageSide),
	}
	if kind.Check != nil {
		checks = append(checks, kind.Check(c))
	} else {
		checks = append(checks, oneOf("gen.enc_norm", c.Gen.EncNorm, encNorms))
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return c.validateSize()
}

// Validate reports the first key whose value cannot be trained with.
func (d Dis) Validate() error {
	for _, err := range []error{
		within("dis.dim", d.Dim, 1, maxDim),
		oneOf("dis.norm", d.Norm, norms),
		oneOf("dis.activ", d.Activ, Activations),
		within("dis.n_layer", d.NLayer, 1, maxNLayer),
		oneOf("dis.gan_type", d.GANType, ganTypes),
		within("dis.num_scales", d.NumScales, 1, maxNumScales),
		oneOf("dis.pad_type", d.PadType, paddings),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Size is the shorter side in pixels that pictures of domain d were scaled to for training; 0 where the config does not say.
func (c Config) Size(d Domain) int {
	switch {
	case c.NewSize != 0:
		return c.NewSize
	case d == A:
		return c.NewSizeA
	}
	return c.NewSizeB
}

// validateSize bounds what the keys give together, once each is in range by itself.
func (c Config) validateSize() error {
	if w := c.ContentDim(); c.Gen.NetG != "unet" && w > maxContentDim {
		return fmt.Errorf("config: gen.dim %d doubled gen.n_downsample %d times is %d channels: at most %d are supported",
			c.Gen.Dim, c.Gen.NDownsample, w, maxContentDim)
	}
	total := int64(0)
	for _, network := range c.Networks() {
		for _, k := range c.Keys(network) {
			n := numel(k.Shape)
			if n > maxTensorValues {
				return fmt.Errorf("config: %s would have %v values: lower gen.dim, gen.n_downsample, gen.n_res or gen.mlp_dim", k.Name, k.Shape)
			}
			total += n
		}
	}
	if total > maxModelValues {
		return fmt.Errorf("config: the model would have %d weights, at most %d are supported: lower gen.dim, gen.n_downsample, gen.n_res or gen.mlp_dim",
			total, maxModelValues)
	}
	return nil
}

// InputDim is the number of image channels in domain d.
func (c Config) InputDim(d Domain) int {
	if d == A {
		return c.InputDimA
	}
	return c.InputDimB
}

// ContentDim is the number of channels of a content code: dim·2^n_downsample.
func (c Config) ContentDim() int { return c.Gen.Dim << c.Gen.NDownsample }

// AdaINDim is the length of the MLP's output: a bias and a weight per channel for each of the
// decoder's 2·n_res AdaIN layers.
func (c Config) AdaINDim() int { return c.Gen.NRes * 2 * 2 * c.ContentDim() }

func within(key string, v, low, high int) error {
	if v < low || v > high {
		return fmt.Errorf("config: %s is %d: must be %d to %d", key, v, low, high)
	}
	return nil
}

func oneOf(key, v string, allowed []string) error {
	if !slices.Contains(allowed, v) {
		return fmt.Errorf("config: %s is %.40q: must be one of %s", key, v, strings.Join(allowed, ", "))
	}
	return nil
}

// numel is the number of values of a shape whose dimensions are known to be small.
func numel(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= int64(d)
	}
	return n
}
