// Package junyanz imports the generators of Jun-Yan Zhu's projects: pytorch-CycleGAN-and-pix2pix. Their checkpoints are state dicts whose keys and
// shapes say all about the network, so they need no config. Nothing in a file is run.
package junyanz

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/pytorch"
)

// Options are what a checkpoint does not say.
type Options struct {
	Size int // the shorter side of the pictures that it was trained on (crop_size), pixels; 0 unknown
	// Eval has batch norms use the statistics of the training, as the original's test.py does with --eval. Without, they use those of the picture.
	Eval bool
}

// Files are the generators by the domain that they translate from: latest_net_G_A.pth is a's.
type Files map[weights.Domain]File

// File is a checkpoint of Size bytes.
type File struct {
	Data io.ReaderAt
	Size int64
}

// ErrNVlabs is the error for a checkpoint of NVlabs' generators, which package nvlabs reads with their config.
var ErrNVlabs = errors.New("the checkpoint is one of NVlabs' MUNIT or UNIT, whose network a config describes")

// Import reads the ResNet generators of CycleGAN as an F32 model, one direction or both. Conv biases in front of instance norms have no effect and
// are left out. Errors name the tensor and what is wrong with it. License and Source are left for the caller.
func Import(files Files, o Options) (*weights.Model, error) {
	m := &weights.Model{DomainA: "a", DomainB: "b", DType: weights.F32, Tensors: make(map[string]*weights.Tensor)}
	found := make(map[weights.Domain]*generator)
	for _, d := range weights.Domains {
		file, ok := files[d]
		if !ok {
			continue
		}
		g, err := open(file.Data, file.Size)
		if err != nil {
			return nil, err
		}
		found[d] = g
	}
	var err error
	if m.Config, err = config(found, o); err != nil {
		return nil, err
	}
	for d, g := range found {
		if err := g.importTo(m, d, o.Eval); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// generator is a state dict of a ResNet generator.
type generator struct {
	tensors pytorch.StateDict
	gen     weights.Gen
	in, out int // channels
	batch   bool
}

// open reads a checkpoint's object, and tells from keys and shapes what network it is of.
func open(data io.ReaderAt, size int64) (*generator, error) {
	c, err := pytorch.Open(data, size)
	if err != nil {
		return nil, err
	}
	top, class := c.Top()
	switch {
	case class != "":
		return nil, fmt.Errorf("the checkpoint is a pickled %.60q, not weights: torch.save its state_dict() and give that", class)
	case top == nil:
		return nil, errors.New("the checkpoint is not a state_dict: give latest_net_G_A.pth")
	}
	if top.Has("a") || top.Has("b") {
		return nil, ErrNVlabs
	}
	g := &generator{tensors: top.StateDict()}
	if err := g.recognise(top); err != nil {
		return nil, err
	}
	return g, nil
}

const maxBlocks = 64 // to look for; weights.Config bounds what is taken

// recognise reads the network off the tensors.
func (g *generator) recognise(top *pytorch.Dict) error {
	s := g.tensors
	const first = "model.1.weight"
	switch {
	case len(s.Under("model.model.")) > 0 || len(s.Under("model.submodule.")) > 0:
		return errors.New("the checkpoint is a U-Net's (netG unet_128 or unet_256, of pix2pix or BicycleGAN), which has no graph here yet: ResNet generators can be converted (netG resnet_9blocks, resnet_6blocks)")
	case s["model.0.weight"] != nil:
		return errors.New("the checkpoint is a discriminator's (latest_net_D*.pth): give the latest_net_G_A.pth that lies beside it")
	case s[first] == nil && s["conv1.weight"] != nil:
		return errors.New("the checkpoint is a style encoder's (latest_net_E.pth of BicycleGAN): give a CycleGAN's latest_net_G_A.pth")
	case s[first] == nil:
		return fmt.Errorf("the checkpoint holds no generator of CycleGAN (%s): give latest_net_G_A.pth", top.Outline())
	}
	if got := s[first].Shape; len(got) != 4 || got[2] != 7 || got[3] != 7 {
		return fmt.Errorf("tensor %q has shape %v: a ResNet generator of CycleGAN begins with a 7×7 convolution", first, got)
	}
	g.gen = weights.Gen{Dim: s[first].Shape[0], NDownsample: 2, Activ: "relu", PadType: "reflect", NetG: "resnet"}
	g.in = s[first].Shape[1]
	const blocks = "model.%d.conv_block.%d.weight"
	has := func(at int) bool { t := s[fmt.Sprintf(blocks, 10, at)]; return t != nil && len(t.Shape) == 4 }
	start, second := 1, 5
	if has(0) {
		start, second, g.gen.PadType = 0, 3, "zero"
	}
	g.gen.Dropout = has(second + 1)
	for g.gen.NRes < maxBlocks && s[fmt.Sprintf(blocks, 10+g.gen.NRes, start)] != nil {
		g.gen.NRes++
	}
	g.batch = s["model.2.weight"] != nil
	last := fmt.Sprintf("model.%d.weight", 10+g.gen.NRes+7)
	if s[last] == nil || len(s[last].Shape) != 4 {
		return fmt.Errorf("tensor %q is not in the checkpoint, which has %d residual blocks: it is not whole, or not of a ResNet generator of CycleGAN", last, g.gen.NRes)
	}
	g.out = s[last].Shape[0]
	return nil
}

// config is that of the generators found, which must be of one kind.
func config(found map[weights.Domain]*generator, o Options) (weights.Config, error) {
	a, b := found[weights.A], found[weights.B]
	if a == nil && b == nil {
		return weights.Config{}, errors.New("no checkpoint was given")
	}
	one := a
	c := weights.Config{Method: "CycleGAN", NewSize: o.Size}
	if a == nil {
		one = b
		c.InputDimA, c.InputDimB = b.out, b.in
	} else {
		c.InputDimA, c.InputDimB = a.in, a.out
	}
	if a != nil && b != nil && (a.gen != b.gen || a.batch != b.batch || a.in != b.out || a.out != b.in) {
		return c, fmt.Errorf("the two generators are of different networks: %s and %s; convert each by itself", a, b)
	}
	c.Gen = one.gen
	switch {
	case one.batch && o.Eval:
		c.Gen.EncNorm = weights.NoNorm
	case one.batch:
		c.Gen.EncNorm = weights.InstanceNormAffine
	case o.Eval:
		return c, errors.New("the generator has instance norms, which know no statistics of a training: leave --eval out")
	}
	return c, c.Validate()
}

func (g *generator) String() string {
	norm := "instance"
	if g.batch {
		norm = "batch"
	}
	return fmt.Sprintf("resnet_%dblocks, ngf %d, norm %s, %d to %d channels", g.gen.NRes, g.gen.Dim, norm, g.in, g.out)
}

// importTo checks all shapes before it reads any numbers.
func (g *generator) importTo(m *weights.Model, d weights.Domain, eval bool) error {
	layers := slices.Concat(m.Config.AllLayers(d.Network(weights.Encoder)), m.Config.AllLayers(d.Network(weights.Decoder)))
	needed := map[string]bool{}
	for _, l := range layers {
		for _, k := range g.reads(l, eval) {
			t := g.tensors[k.Name]
			if t == nil {
				return fmt.Errorf("tensor %q is not in the checkpoint, which is one of %s: it is not whole", k.Name, g)
			}
			if !slices.Equal(t.Shape, k.Shape) {
				return fmt.Errorf("tensor %q has shape %v, and %v fits the other tensors (%s)", k.Name, t.Shape, k.Shape, g)
			}
			needed[k.Name] = true
		}
	}
	if err := g.checkRest(needed); err != nil {
		return err
	}
	for _, l := range layers {
		if err := g.importLayer(m, d, l, eval); err != nil {
			return err
		}
	}
	return nil
}

// checkRest refuses weights that the network leaves no place for, which would make a model that runs but computes something else. Vectors may be
// left over: biases in front of norms, norms' statistics.
func (g *generator) checkRest(needed map[string]bool) error {
	for _, key := range slices.Sorted(maps.Keys(g.tensors)) {
		if !needed[key] && len(g.tensors[key].Shape) >= 2 {
			return fmt.Errorf("tensor %q has shape %v, and a generator of %s has no place for it", key, g.tensors[key].Shape, g)
		}
	}
	return nil
}
