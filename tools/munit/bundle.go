package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/tfport"
)

const indexSuffix = ".index"

// isBundle knows a checkpoint of TensorFlow by its name.
func isBundle(path string) bool { return strings.HasSuffix(path, indexSuffix) }

// importBundle reads a checkpoint of the TensorFlow port from its .index file and the .data files beside it.
func importBundle(path string) (*weights.Model, error) {
	const hint = "--checkpoint is the .index file of a checkpoint of taki0112's MUNIT-Tensorflow, with its .data files beside it"
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, failed(fmt.Errorf("the checkpoint cannot be read: %w", err), hint)
	case !info.Mode().IsRegular():
		return nil, failed(fmt.Errorf("the checkpoint %s is not a file", path), hint)
	case info.Size() > tfport.MaxIndex:
		return nil, failed(fmt.Errorf("%s: the index has %d bytes, at most %d are read", path, info.Size(), tfport.MaxIndex), hint)
	}
	index, err := os.ReadFile(path)
	if err != nil {
		return nil, failed(fmt.Errorf("the checkpoint cannot be read: %w", err), hint)
	}
	open := map[int]*os.File{}
	defer func() {
		for _, f := range open {
			f.Close()
		}
	}()
	m, err := tfport.Import(index, func(i, count int) (tfport.Shard, error) {
		if open[i] == nil {
			f, err := os.Open(fmt.Sprintf("%s.data-%05d-of-%05d", strings.TrimSuffix(path, indexSuffix), i, count))
			if err != nil {
				return nil, err
			}
			open[i] = f
		}
		stat, err := open[i].Stat()
		if err != nil {
			return nil, err
		}
		return io.NewSectionReader(open[i], 0, stat.Size()), nil
	})
	if err != nil {
		return nil, failed(fmt.Errorf("%s: %w", path, err), hint)
	}
	return m, nil
}
