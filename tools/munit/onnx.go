package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/runtime/onnx"
	"github.com/webmunit/webmunit/weights"
)

const (
	onnxSuffix = ".onnx"
	maxONNX    = 2 << 30 // protobuf's own limit
)

func isONNX(path string) bool { return strings.HasSuffix(path, onnxSuffix) }

// importONNX reads the networks that munit export wrote beside one another, of which path is one.
func importONNX(path string) (*weights.Model, error) {
	fail := func(err error) (*weights.Model, error) {
		return nil, failed(fmt.Errorf("%s: %w", path, err), "of ONNX files those of munit export are read, which lie beside one another")
	}
	m, err := readONNX(path)
	if err != nil {
		return fail(err)
	}
	for _, other := range onnxBeside(path) {
		more, err := readONNX(other)
		if err != nil {
			continue // some other program's
		}
		if more.Config != m.Config {
			return fail(fmt.Errorf("%s beside it is of another model", other))
		}
		for name, t := range more.Tensors {
			if have := m.Tensors[name]; have != nil && !bytes.Equal(have.Data, t.Data) {
				return fail(fmt.Errorf("%s beside it is of another model: %s differs", other, name))
			}
			m.Tensors[name] = t
		}
	}
	return m, nil
}

// onnxBeside lists the other networks of a model that are in the folder of path.
func onnxBeside(path string) (others []string) {
	all, _ := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(path)), "*"+onnxSuffix))
	for _, other := range all {
		name := strings.TrimSuffix(filepath.Base(other), onnxSuffix)
		part, domain := name[:max(0, len(name)-2)], name[max(0, len(name)-2):]
		isPart := (part == "enc_content" || part == "enc_style" || part == "dec") && (domain == "_a" || domain == "_b")
		if filepath.Base(other) != filepath.Base(path) && (isPart || name == string(weights.A2B) || name == string(weights.B2A)) {
			others = append(others, other)
		}
	}
	return others
}

// escapeGlob keeps the characters of a folder's name from meaning something in a pattern.
func escapeGlob(dir string) string {
	if filepath.Separator == '\\' {
		return dir // where patterns have no escapes
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// readONNX reads the weights of one file that munit export wrote, as part of a model.
func readONNX(path string) (*weights.Model, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	case info.Size() > maxONNX:
		return nil, fmt.Errorf("it has %d bytes, and no ONNX file more than %d", info.Size(), maxONNX)
	}
	if is := kindOf(path).Is(); is != "" {
		return nil, fmt.Errorf("%w: %s", onnx.ErrNotONNX, is)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	tensors, meta, err := onnx.Weights(data)
	if err != nil {
		return nil, err
	}
	if meta["config"] == "" {
		return nil, errors.New("it is not of munit export: its metadata has no config")
	}
	c, err := weights.ParseConfig(meta["config"])
	if err != nil {
		return nil, err
	}
	m, err := weights.Assemble(c, func(n weights.Network, k weights.Key) *weights.Tensor { return tensors[n.Domain.Tensor(k.Name)] })
	if err != nil {
		return nil, err
	}
	m.DomainA, m.DomainB, m.License, m.Source = meta["domain_a"], meta["domain_b"], meta["license"], meta["source"]
	return m, nil
}
