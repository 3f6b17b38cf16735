package junyanz

import (
	"errors"
	"fmt"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

// recognise reads the network off the tensors. outline names some of them.
func (n *network) recognise(outline string) error {
	s := n.tensors
	switch {
	case len(s.Under("model.model.")) > 0:
		return errors.New("the checkpoint is a U-Net's of pix2pix or CycleGAN (netG unet_128, unet_256), or of a BicycleGAN with where_add input, which have no graph here (pix2pix would also need its batch norms and its dropout at test time): what can be converted is " + wanted)
	case s["model.down.0.weight"] != nil:
		return n.recogniseUNet()
	case s["conv.0.weight"] != nil && s["fc.0.weight"] != nil:
		return n.recogniseEncoder()
	case s["model.0.weight"] != nil:
		return errors.New("the checkpoint is a discriminator's (latest_net_D*.pth): give the latest_net_G*.pth that lies beside it")
	case s["model.1.weight"] == nil:
		return fmt.Errorf("the checkpoint holds no generator of CycleGAN or BicycleGAN (%s): what can be converted is %s", outline, wanted)
	}
	return n.recogniseResNet()
}

const wanted = "CycleGAN's latest_net_G_A.pth (netG resnet_9blocks, resnet_6blocks) and BicycleGAN's latest_net_G.pth (where_add all)"

const maxBlocks = 64 // to look for; weights.Config bounds what is taken

func (n *network) recogniseResNet() error {
	s := n.tensors
	const first = "model.1.weight"
	if got := s[first].Shape; len(got) != 4 || got[2] != 7 || got[3] != 7 {
		return fmt.Errorf("tensor %q has shape %v: a ResNet generator of CycleGAN begins with a 7×7 convolution", first, got)
	}
	n.is = "resnet"
	n.gen = weights.Gen{Dim: s[first].Shape[0], NDownsample: 2, Activ: "relu", PadType: "reflect", NetG: "resnet"}
	n.in = s[first].Shape[1]
	const blocks = "model.%d.conv_block.%d.weight"
	has := func(at int) bool { t := s[fmt.Sprintf(blocks, 10, at)]; return t != nil && len(t.Shape) == 4 }
	start, second := 1, 5
	if has(0) {
		start, second, n.gen.PadType = 0, 3, "zero"
	}
	n.gen.Dropout = has(second + 1)
	for n.gen.NRes < maxBlocks && s[fmt.Sprintf(blocks, 10+n.gen.NRes, start)] != nil {
		n.gen.NRes++
	}
	n.batch = s["model.2.weight"] != nil
	last := fmt.Sprintf("model.%d.weight", 10+n.gen.NRes+7)
	if s[last] == nil || len(s[last].Shape) != 4 {
		return fmt.Errorf("tensor %q is not in the checkpoint, which has %d residual blocks: it is not whole, or not of a ResNet generator of CycleGAN", last, n.gen.NRes)
	}
	n.out = s[last].Shape[0]
	return nil
}

func (n *network) recogniseUNet() error {
	s := n.tensors
	first, second, last := s["model.down.0.weight"], s["model.submodule.down.1.weight"], s["model.up.1.weight"]
	for _, t := range []struct {
		name string
		has  bool
	}{{"model.submodule.down.1.weight", second != nil && len(second.Shape) == 4}, {"model.up.1.weight", last != nil && len(last.Shape) == 4}, {"model.down.0.weight", len(first.Shape) == 4}} {
		if !t.has {
			return fmt.Errorf("tensor %q is not a convolution of a BicycleGAN's U-Net: it is not whole, or was trained with another --upsample than basic", t.name)
		}
	}
	n.is = "unet"
	n.gen = weights.Gen{Dim: first.Shape[0], NDownsample: 1, Activ: "relu", PadType: "zero", NetG: "unet"}
	n.gen.StyleDim = second.Shape[1] - n.gen.Dim
	n.in, n.out = first.Shape[1]-n.gen.StyleDim, last.Shape[1]
	for n.gen.NDownsample < maxBlocks && s["model."+strings.Repeat("submodule.", n.gen.NDownsample)+"down.1.weight"] != nil {
		n.gen.NDownsample++
	}
	if s["model.submodule.down.2.weight"] != nil {
		return errors.New("the U-Net has batch norms, and only instance norms, BicycleGAN's default, are known here")
	}
	return nil
}

func (n *network) recogniseEncoder() error {
	s := n.tensors
	first, last := s["conv.0.weight"].Shape, s["fc.0.weight"].Shape
	if len(first) != 4 || len(last) != 2 {
		return fmt.Errorf("tensors %q and %q have shapes %v and %v, which are not those of a ResNet style encoder", "conv.0.weight", "fc.0.weight", first, last)
	}
	n.is = "encoder"
	blocks := s.Count("conv.%d.conv.2.weight") // those from 1 on
	for s[fmt.Sprintf("conv.%d.conv.2.weight", blocks+1)] != nil {
		blocks++
	}
	n.gen = weights.Gen{NEF: first[0], StyleDim: last[0]}
	n.in = first[1]
	switch blocks + 1 {
	case 4:
		n.gen.NetE = "resnet_128"
	case 5:
		n.gen.NetE = "resnet_256"
	default:
		return fmt.Errorf("the style encoder has %d blocks: netE resnet_128 has 4, and resnet_256 has 5", blocks+1)
	}
	return nil
}

// checkpoints are what was given, nil where there was nothing.
type checkpoints struct{ a, b, e *network }

// config is that of what was given, which must belong together.
func (f checkpoints) config(o Options) (weights.Config, error) {
	c := weights.Config{Method: "CycleGAN", NewSize: o.Size}
	one := f.a
	switch {
	case f.a == nil && f.b == nil:
		return c, errors.New("no generator was given, but a style encoder: give the latest_net_G.pth that lies beside it")
	case f.a == nil:
		one = f.b
		c.InputDimA, c.InputDimB = f.b.out, f.b.in
	default:
		c.InputDimA, c.InputDimB = f.a.in, f.a.out
	}
	c.Gen = one.gen
	switch {
	case one.is == "encoder":
		return c, errors.New("the checkpoint is a style encoder's: give the latest_net_G.pth that lies beside it")
	case one.is == "unet":
		return f.bicycle(c, o)
	case f.e != nil:
		return c, errors.New("a style encoder belongs to BicycleGAN's U-Net, and the generator is a ResNet")
	case f.a != nil && f.b != nil && (f.a.gen != f.b.gen || f.a.batch != f.b.batch || f.a.in != f.b.out || f.a.out != f.b.in):
		return c, fmt.Errorf("the two generators are of different networks: %s and %s; convert each by itself", f.a, f.b)
	case one.batch && o.Eval:
		c.Gen.EncNorm = weights.NoNorm
	case one.batch:
		c.Gen.EncNorm = weights.InstanceNormAffine
	case o.Eval:
		return c, errors.New("the generator has instance norms, which know no statistics of a training: leave --eval out")
	}
	return c, c.Validate()
}

// bicycle is config for BicycleGAN's.
func (f checkpoints) bicycle(c weights.Config, o Options) (weights.Config, error) {
	c.Method = "BicycleGAN"
	switch {
	case f.a == nil || f.b != nil:
		return c, errors.New("BicycleGAN's generator translates from a to b only: give it as a's")
	case o.Eval:
		return c, errors.New("the generator has instance norms, which know no statistics of a training: leave --eval out")
	case f.e == nil:
		return c, c.Validate()
	case f.e.is != "encoder":
		return c, fmt.Errorf("what was given as the style encoder is %s", f.e)
	case f.e.gen.StyleDim != c.Gen.StyleDim || f.e.in != c.InputDimB:
		return c, fmt.Errorf("generator and style encoder do not belong together: %s and %s", f.a, f.e)
	}
	c.Gen.NetE, c.Gen.NEF = f.e.gen.NetE, f.e.gen.NEF
	return c, c.Validate()
}
