package weights

import (
	"slices"
	"strings"
)

// Architecture is a kind of model: its networks as layers, and which of them translate. What reads, checks, computes, exports and shows models
// asks it.
type Architecture struct {
	Parts  []Part                                   // the networks of a generator, in a model file's order
	Layers func(c Config, d Domain, p Part) []Layer // those of part p of domain d's generator
	Stages func(dir Direction) Stages               // how it translates
	Check  func(c Config) error                     // refuses values of keys that other architectures have; nil: there are none
	Styles bool                                     // whether a picture has many translations, one for each style code
	Noise  Part                                     // that which takes noise ~ N(0, I) in the place of a style; empty: none
}

// Network is a part of a domain's generator.
type Network struct {
	Domain Domain
	Part   Part
}

// Network is part p of d's generator.
func (d Domain) Network(p Part) Network { return Network{d, p} }

// Stages are the networks of a direction. One without a part is not there in this architecture.
type Stages struct {
	Encode Network // picture of the source domain to content code
	Style  Network // picture of the target domain to style code
	Map    Network // style code to what the decoder's AdaIN layers take
	Decode Network // content code to picture
}

// Architectures are all architectures, by Config.Method and, behind a slash, Gen.NetG.
var Architectures = map[string]Architecture{
	"":              munit,
	"UNIT":          unit,
	"CycleGAN":      cycleGAN,
	"CycleGANNoise": cycleGANNoise,
	"BicycleGAN":    bicycleGAN,

	// With Noise:
	"UNIT" + withNoise: unitNoise,

	// With Gen.NetG:
	"CycleGAN/resnet": resnet,
	"BicycleGAN/unet": unet,
}

// Architecture is the model's kind. Config.Validate refuses those that are not there; here they are MUNIT's.
func (c Config) Architecture() Architecture {
	if a, ok := Architectures[c.kind()]; ok {
		return a
	}
	return munit
}

func (c Config) kind() string {
	kind := c.Method
	if c.Gen.NetG != "" {
		kind += "/" + c.Gen.NetG
	}
	if c.Noise {
		kind += withNoise
	}
	return kind
}

// kinds are all that method and gen.netG can say.
func kinds() []string {
	var all []string
	for kind := range Architectures {
		if !strings.HasSuffix(kind, withNoise) {
			all = append(all, kind)
		}
	}
	slices.Sort(all)
	return all
}

// withNoise ends the kind of what Config.Noise asks for.
const withNoise = " with noise"

// Networks lists the networks of both generators in a model file's order.
func (c Config) Networks() (all []Network) {
	for _, d := range Domains {
		for _, p := range c.Architecture().Parts {
			all = append(all, Network{d, p})
		}
	}
	return all
}

// Directions are those that the architecture has networks for.
func (c Config) Directions() []Direction {
	return slices.DeleteFunc([]Direction{A2B, B2A}, func(d Direction) bool {
		return slices.ContainsFunc(c.Architecture().Stages(d).needed(), func(n Network) bool { return len(c.Layers(n)) == 0 })
	})
}

// Layers lists the layers of network n.
func (c Config) Layers(n Network) []Layer {
	if n.Part == "" {
		return nil
	}
	return c.Architecture().Layers(c, n.Domain, n.Part)
}

// Unit is what the height and the width of a picture must be multiples of, in pixels: how many times the networks reduce it.
func (c Config) Unit() int {
	stages := c.Architecture().Stages(A2B)
	if stages.Encode.Part == "" {
		return reduction(c.Layers(stages.Decode))
	}
	return reduction(c.Layers(stages.Encode))
}

// MinSide is the least height and width in pixels of a picture to translate: a content code is 2×2 then.
func (c Config) MinSide() int {
	if c.Architecture().Stages(A2B).Encode.Part == "" {
		return max(8, c.Unit())
	}
	return max(8, 2*c.Unit())
}

// MinStyleSide is the least height and width in pixels of a picture to take a style from, of direction d: the style encoder reduces it so many times.
func (c Config) MinStyleSide(d Direction) int {
	return reduction(c.Layers(c.Architecture().Stages(d).Style))
}

// Content is the shape of the content code of a picture of h×w pixels, multiples of Unit, in direction d: channels, height, width.
func (c Config) Content(d Direction, h, w int) [3]int {
	if c.Whole(d) {
		return [3]int{c.InputDim(d.From()), h, w} // the picture itself
	}
	return [3]int{c.ContentDim(), h / c.Unit(), w / c.Unit()}
}

// Whole tells whether the content code of direction d is the picture itself: there is no encoder, or it takes the style, too, so that a further
// style takes the whole network.
func (c Config) Whole(d Direction) bool {
	a := c.Architecture()
	return a.Noise == a.Stages(d).Encode.Part // neither, or the encoder itself
}

// What tells a picture's translations apart: Config.Styles.
const (
	StyleCodes = "codes"
	StyleNoise = "noise"
	NoStyles   = "none" // there is one
)

// Styles says what tells a picture's translations apart: StyleCodes, StyleNoise or NoStyles.
func (c Config) Styles() string {
	switch a := c.Architecture(); {
	case a.Styles:
		return StyleCodes
	case a.Noise != "":
		return StyleNoise
	}
	return NoStyles
}

// StyleDim is the length of a style: of a code; 1 where a number stands for noise; 0 where there are no styles.
func (c Config) StyleDim() int {
	if c.Architecture().Noise != "" {
		return 1
	}
	return c.Gen.StyleDim
}

// StyleShape is the shape of what the networks take as the style of a picture of h×w pixels, multiples of Unit, in direction d: a code
// [style_dim], noise of the code's shape or [1, h, w], or nothing.
func (c Config) StyleShape(d Direction, h, w int) []int {
	a := c.Architecture()
	switch {
	case a.Styles:
		return []int{c.Gen.StyleDim}
	case a.Noise == Dec:
		code := c.Content(d, h, w)
		return code[:]
	case a.Noise != "":
		return []int{1, h, w}
	}
	return nil
}

// AllLayers are Layers, and in the place of a residual block the layers in it.
func (c Config) AllLayers(n Network) []Layer { return flat(c.Layers(n)) }

// Keys lists the tensors that network n needs in a model file, in its order. Conv biases in front of an instance norm have no effect and are
// left out: the content encoder's convs and the decoder's residual convs have a weight only.
func (c Config) Keys(n Network) []Key { return keys(c.Layers(n)) }

// String is the name of the network's tensors, as far as they share it: "gen_a.enc_content".
func (n Network) String() string { return n.Domain.Tensor(string(n.Part)) }

// needed are the networks without which a direction cannot be translated.
func (s Stages) needed() (all []Network) {
	for _, n := range []Network{s.Encode, s.Map, s.Decode} {
		if n.Part != "" {
			all = append(all, n)
		}
	}
	return all
}
