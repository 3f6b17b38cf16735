// Package junyanz imports the generators of Jun-Yan Zhu's projects, pytorch-CycleGAN-and-pix2pix and BicycleGAN. Their checkpoints are state dicts whose
// keys and shapes say all about the network, so they need no config. Nothing in a file is run.
//
// What it exports may change with any version; runtime and weights are for other modules.
package junyanz

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/pytorch"
)

// Options are what a checkpoint does not say.
type Options struct {
	Size int // the shorter side of the pictures that it was trained on (crop_size), pixels; 0 unknown
	// Eval has batch norms use the statistics of the training, as the original's test.py does with --eval. Without, they use those of the picture.
	Eval bool
}

// Files are a model's checkpoints; those that are not there are nil.
type Files struct {
	A, B *File // generators by the domain that they translate from: latest_net_G_A.pth, or BicycleGAN's latest_net_G.pth, is a's
	E    *File // BicycleGAN's style encoder, latest_net_E.pth
}

// File is a checkpoint of Size bytes.
type File struct {
	Data io.ReaderAt
	Size int64
}

// Place is where a checkpoint belongs by the name of its file. One whose name says nothing is of a's generator.
func (f *Files) Place(name string) **File {
	switch {
	case strings.Contains(name, "net_G_B"):
		return &f.B
	case strings.Contains(name, "net_E"):
		return &f.E
	}
	return &f.A
}

// ErrNVlabs is the error for a checkpoint of NVlabs' generators, which package nvlabs reads with their config.
var ErrNVlabs = errors.New("the checkpoint is one of NVlabs' MUNIT or UNIT, whose network a config describes")

// Import reads CycleGAN's ResNet generators as an F32 model, one direction or both, or BicycleGAN's U-Net and its style encoder. Conv biases in front of
// instance norms have no effect and are left out. Errors name the tensor and what is wrong with it. License and Source are left for the caller.
func Import(files Files, o Options) (*weights.Model, error) {
	var found checkpoints
	for _, f := range []struct {
		file *File
		into **network
	}{{files.A, &found.a}, {files.B, &found.b}, {files.E, &found.e}} {
		if f.file == nil {
			continue
		}
		n, err := open(*f.file)
		if err != nil {
			return nil, err
		}
		*f.into = n
	}
	m := &weights.Model{DomainA: "a", DomainB: "b", DType: weights.F32, Tensors: make(map[string]*weights.Tensor)}
	var err error
	if m.Config, err = found.config(o); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		*network
		domain weights.Domain
		parts  []weights.Part
	}{
		{found.a, weights.A, []weights.Part{weights.Encoder, weights.Decoder}},
		{found.b, weights.B, []weights.Part{weights.Encoder, weights.Decoder}},
		{found.e, weights.B, []weights.Part{weights.StyleEncoder}},
	} {
		if part.network == nil {
			continue
		}
		var layers []weights.Layer
		for _, p := range part.parts {
			layers = append(layers, m.Config.AllLayers(part.domain.Network(p))...)
		}
		if err := part.importTo(m, part.domain, layers, o.Eval); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// network is a state dict, and what its keys and shapes tell.
type network struct {
	tensors pytorch.StateDict
	is      string // "resnet", "unet" or "encoder"
	gen     weights.Gen
	in, out int // channels
	batch   bool
}

// open reads a checkpoint's object, and tells from keys and shapes what network it is of.
func open(f File) (*network, error) {
	c, err := pytorch.Open(f.Data, f.Size)
	if err != nil {
		return nil, err
	}
	top, class := c.Top()
	switch {
	case class != "":
		return nil, fmt.Errorf("the checkpoint is a pickled %.60q, not weights: torch.save its state_dict() and give that", class)
	case top == nil:
		return nil, errors.New("the checkpoint is not a state_dict: give latest_net_G_A.pth")
	case top.Has("a") || top.Has("b"):
		return nil, ErrNVlabs
	}
	n := &network{tensors: top.StateDict()}
	if err := n.recognise(top.Outline()); err != nil {
		return nil, err
	}
	return n, nil
}

func (n *network) String() string {
	switch n.is {
	case "unet":
		return fmt.Sprintf("a U-Net of %d levels, ngf %d, nz %d", n.gen.NDownsample, n.gen.Dim, n.gen.StyleDim)
	case "encoder":
		return fmt.Sprintf("the style encoder %s, nef %d, nz %d", n.gen.NetE, n.gen.NEF, n.gen.StyleDim)
	}
	norm := "instance"
	if n.batch {
		norm = "batch"
	}
	return fmt.Sprintf("resnet_%dblocks, ngf %d, norm %s, %d to %d channels", n.gen.NRes, n.gen.Dim, norm, n.in, n.out)
}

// importTo checks all shapes before it reads any numbers.
func (n *network) importTo(m *weights.Model, d weights.Domain, layers []weights.Layer, eval bool) error {
	needed := map[string]bool{}
	for _, l := range layers {
		for _, k := range n.reads(l, eval) {
			t := n.tensors[k.Name]
			if t == nil {
				return fmt.Errorf("tensor %q is not in the checkpoint, which is one of %s: it is not whole", k.Name, n)
			}
			if !slices.Equal(t.Shape, k.Shape) {
				return fmt.Errorf("tensor %q has shape %v, and %v fits the other tensors (%s)", k.Name, t.Shape, k.Shape, n)
			}
			needed[k.Name] = true
		}
	}
	if err := n.checkRest(needed); err != nil {
		return err
	}
	for _, l := range layers {
		if err := n.importLayer(m, d, l, eval); err != nil {
			return err
		}
	}
	return nil
}

// checkRest refuses weights that the network leaves no place for, which would make a model that runs but computes something else. Vectors may be
// left over: biases in front of norms, norms' statistics. So may what only training needs: the variance of a style.
func (n *network) checkRest(needed map[string]bool) error {
	for _, key := range slices.Sorted(maps.Keys(n.tensors)) {
		if !needed[key] && len(n.tensors[key].Shape) >= 2 && !(n.is == "encoder" && key == "fcVar.0.weight") {
			return fmt.Errorf("tensor %q has shape %v, and a generator of %s has no place for it", key, n.tensors[key].Shape, n)
		}
	}
	return nil
}
