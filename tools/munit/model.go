package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

const exampleModel = "weights/avatars.munit.safetensors"

// openModel reads a model file and says of everything else what to do with it.
func openModel(path string) (*weights.Model, error) {
	m, err := weights.Open(path)
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed(fmt.Errorf("there is no model at %s", path), convertHint)
	case isCheckpoint(path):
		name := strings.TrimSuffix(path, ".pt") + ".munit.safetensors"
		return nil, failed(fmt.Errorf("%s is a PyTorch checkpoint, not a model", path),
			fmt.Sprintf("convert it first with munit convert --checkpoint %s --config config.yaml --output %s", path, name))
	case errors.Is(err, weights.ErrNotModel):
		return nil, failed(err, convertHint)
	}
	return nil, failed(err, "copy or download the model again, or convert the checkpoint again with munit convert")
}

// isCheckpoint knows what torch.save writes by its first bytes: a zip file, or a pickle of protocol 2.
func isCheckpoint(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := f.Read(head)
	return bytes.HasPrefix(head[:n], []byte("PK\x03\x04")) || bytes.HasPrefix(head[:n], []byte("\x80\x02"))
}

// chooseDirection is the direction that asked names, or the model's first where it is empty.
func chooseDirection(m *weights.Model, asked string) (weights.Direction, error) {
	can := m.Directions()
	if len(can) == 0 {
		return "", failed(errors.New("the model holds no whole direction: it can translate nothing"), "convert the checkpoint again")
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
