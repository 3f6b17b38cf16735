package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/kind"
)

const exampleModel = "weights/avatars.munit.safetensors"

// openModel reads a model file and says of everything else what to do with it.
func openModel(path string) (*weights.Model, error) { return readModel(path, weights.Open) }

// describeModel is openModel without the numbers, for which a model of any size need not be read.
func describeModel(path string) (*weights.Model, error) { return readModel(path, weights.Describe) }

func readModel(path string, read func(string) (*weights.Model, error)) (*weights.Model, error) {
	m, err := read(path)
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed(fmt.Errorf("there is no model at %s", path), convertHint)
	case isCheckpoint(path):
		name := strings.TrimSuffix(path, ".pt") + ".munit.safetensors"
		return nil, failed(fmt.Errorf("%s is a PyTorch checkpoint, not a model", path),
			fmt.Sprintf("convert it first with munit convert --checkpoint %s --config config.yaml --output %s", argument(path), argument(name)))
	case errors.Is(err, weights.ErrNotModel):
		return nil, failed(err, convertHint)
	}
	return nil, failed(err, "copy or download the model again, or convert the checkpoint again with munit convert")
}

// isCheckpoint knows what torch.save writes: a zip file, or a pickle.
func isCheckpoint(path string) bool {
	is := kindOf(path)
	return is == kind.Zip || is == kind.Pickle
}

// kindOf tells what the file at path is by how it begins.
func kindOf(path string) kind.Kind {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return kind.Unknown
	}
	f, err := os.Open(path)
	if err != nil {
		return kind.Unknown
	}
	defer f.Close()
	head := make([]byte, kind.Head)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return kind.Unknown
	}
	return kind.Of(head[:n])
}

// chooseDirection is the direction that asked names, or the model's first where it is empty.
func chooseDirection(m *weights.Model, asked string) (weights.Direction, error) {
	can := m.Directions()
	if len(can) == 0 {
		return "", failed(fmt.Errorf("the model is not whole: %w", m.Complete()), "convert the checkpoint again")
	}
	if asked == "" {
		return can[0], nil
	}
	if !slices.Contains(can, weights.Direction(asked)) {
		return "", wrongUse(fmt.Sprintf("it can do %s", joined(can)), "the model cannot translate --direction %s", asked)
	}
	return weights.Direction(asked), nil
}

// domainName is a domain's name for people.
func domainName(m *weights.Model, d weights.Domain) string {
	name := m.DomainA
	if d == weights.B {
		name = m.DomainB
	}
	if name == "" {
		return string(d)
	}
	return name
}

// joined lists values of a string type.
func joined[S ~string](values []S) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}
