package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/junyanz"
)

// junyanzSize is the crop_size of junyanz' projects unless another is given: a checkpoint does not say it.
const junyanzSize = 256

// importJunyanz reads a generator of junyanz' CycleGAN, and the other direction's beside it, or of BicycleGAN, and its style encoder beside it.
func (f convertFlags) importJunyanz(stderr io.Writer) (*weights.Model, error) {
	var files junyanz.Files
	for _, c := range f.checkpoints() {
		file, size, err := openRegular(c.path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		*c.into(&files) = &junyanz.File{Data: file, Size: size}
		if c.path != f.checkpoint {
			say(stderr, "%s beside it is %s", c.path, c.is)
		}
	}
	m, err := junyanz.Import(files, junyanz.Options{Size: f.size, Eval: f.eval})
	if errors.Is(err, junyanz.ErrNVlabs) {
		return nil, wrongUse(yamlHint, "--config is missing: the config of the training, which says the network's shape")
	}
	if err != nil {
		return nil, failed(fmt.Errorf("%s: %w", f.checkpoint, err), "--checkpoint is a CycleGAN's latest_net_G_A.pth, a BicycleGAN's latest_net_G.pth, or a MUNIT's or UNIT's gen_*.pt with its --config")
	}
	return m, nil
}

// checkpointFile is one of a model's checkpoints.
type checkpointFile struct {
	path string
	into func(*junyanz.Files) **junyanz.File
	is   string // in the model, for people
}

// checkpoints are the checkpoint and those that belong to it beside it, by their names. A file whose name says nothing is of a's generator.
func (f convertFlags) checkpoints() []checkpointFile {
	a := func(f *junyanz.Files) **junyanz.File { return &f.A }
	b := func(f *junyanz.Files) **junyanz.File { return &f.B }
	e := func(f *junyanz.Files) **junyanz.File { return &f.E }
	dir, name := filepath.Split(f.checkpoint)
	own := checkpointFile{path: f.checkpoint, into: a}
	if strings.Contains(name, "net_G_B") {
		own.into = b
	}
	all := []checkpointFile{own}
	for _, other := range []struct {
		own, beside, direction string
		checkpointFile
	}{
		{"net_G_A", "net_G_B", string(weights.B2A), checkpointFile{into: b, is: "the other direction's; --direction leaves it out"}},
		{"net_G_B", "net_G_A", string(weights.A2B), checkpointFile{into: a, is: "the other direction's; --direction leaves it out"}},
		{"net_G.", "net_E.", string(weights.A2B), checkpointFile{into: e, is: "its style encoder"}},
	} {
		other.path = filepath.Join(dir, strings.Replace(name, other.own, other.beside, 1))
		wanted := f.direction == "both" || f.direction == other.direction
		if info, err := os.Stat(other.path); wanted && strings.Contains(name, other.own) && err == nil && info.Mode().IsRegular() {
			all = append(all, other.checkpointFile)
		}
	}
	return all
}

// openRegular opens a checkpoint. Opening a pipe would wait for whoever writes into it.
func openRegular(path string) (*os.File, int64, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, 0, failed(fmt.Errorf("the checkpoint cannot be read: %w", err), checkpointHint)
	}
	if !stat.Mode().IsRegular() {
		return nil, 0, failed(fmt.Errorf("the checkpoint %s is not a file", path), checkpointHint)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, failed(fmt.Errorf("the checkpoint cannot be read: %w", err), checkpointHint)
	}
	return file, stat.Size(), nil
}
