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

// cycleGANSize is the crop_size of junyanz' CycleGAN unless another is given: a checkpoint does not say it.
const cycleGANSize = 256

// importCycleGAN reads a generator of junyanz' CycleGAN, and the other direction's beside it.
func (f convertFlags) importCycleGAN(stderr io.Writer) (*weights.Model, error) {
	files := junyanz.Files{}
	paths := f.generators()
	for _, d := range weights.Domains {
		if paths[d] == "" {
			continue
		}
		file, size, err := openRegular(paths[d])
		if err != nil {
			return nil, err
		}
		defer file.Close()
		files[d] = junyanz.File{Data: file, Size: size}
		if paths[d] != f.checkpoint {
			say(stderr, "%s beside it makes the model's other direction; --direction leaves it out", paths[d])
		}
	}
	m, err := junyanz.Import(files, junyanz.Options{Size: f.size, Eval: f.eval})
	if errors.Is(err, junyanz.ErrNVlabs) {
		return nil, wrongUse(yamlHint, "--config is missing: the config of the training, which says the network's shape")
	}
	if err != nil {
		return nil, failed(fmt.Errorf("%s: %w", f.checkpoint, err), "--checkpoint is a CycleGAN's latest_net_G_A.pth, or a MUNIT's or UNIT's gen_*.pt with its --config")
	}
	return m, nil
}

// generators are the checkpoint and the one of the other direction beside it, by the domain that they translate from: G_A's is a, and so is that of a
// file whose name says nothing.
func (f convertFlags) generators() map[weights.Domain]string {
	dir, name := filepath.Split(f.checkpoint)
	own, other, a, b := weights.A, weights.B, "G_A", "G_B"
	if strings.Contains(name, b) {
		own, other, a, b = other, own, b, a
	}
	paths := map[weights.Domain]string{own: f.checkpoint}
	beside := filepath.Join(dir, strings.Replace(name, a, b, 1))
	wanted := f.direction == "both" || f.direction == string(other.From())
	if info, err := os.Stat(beside); wanted && strings.Contains(name, a) && err == nil && info.Mode().IsRegular() {
		paths[other] = beside
	}
	return paths
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
