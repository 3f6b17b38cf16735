package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/webmunit/webmunit/weights/replace"
)

// built is a file of the site, and its sizes in bytes; 0: not compressed in that way.
type built struct {
	name              string
	raw, gzip, brotli int
}

// compressible are the types that shrink; pictures are compressed already, and models do not.
var compressible = []string{".wasm", ".js", ".css", ".html", ".json", ".svg", ".txt", ".webmanifest"}

// encodings are what a host may send in a file's place to browsers that accept it.
var encodings = []struct {
	suffix string
	writer func(io.Writer) (io.WriteCloser, error)
}{
	{".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) }},
	{".br", func(w io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterLevel(w, brotli.BestCompression), nil
	}},
}

// compress writes NAME.gz and NAME.br beside every file that becomes smaller by it, and lists all files.
func compress(ctx context.Context, dir string) ([]built, error) {
	var files []*built
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, &built{name: filepath.ToSlash(name)})
		return err
	})
	if err != nil {
		return nil, err
	}
	folder := memory()
	forget(folder)
	errs := make(chan error, len(files))
	var all sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, f := range files {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := f.compress(ctx, dir, folder); err != nil {
				errs <- fmt.Errorf("%s: %w", f.name, err)
			}
		})
	}
	all.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return nil, err
	}
	list := make([]built, len(files))
	for i, f := range files {
		list[i] = *f
	}
	return list, nil
}

func (f *built) compress(ctx context.Context, dir, folder string) error {
	path := filepath.Join(dir, filepath.FromSlash(f.name))
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f.raw = len(data)
	if !slices.Contains(compressible, filepath.Ext(f.name)) {
		return nil
	}
	sizes := map[string]*int{".gz": &f.gzip, ".br": &f.brotli}
	for _, e := range encodings {
		if err := ctx.Err(); err != nil {
			return err
		}
		small, err := remembered(folder, data, e.suffix, e.writer)
		if err != nil {
			return err
		}
		if len(small) >= len(data) {
			continue
		}
		if err := os.WriteFile(path+e.suffix, small, 0o644); err != nil {
			return err
		}
		*sizes[e.suffix] = len(small)
	}
	return nil
}

// memory is the folder of the user's cache that holds what was compressed before: brotli's best takes a quarter of a minute for the wasm.
// It is "" where there is no such place.
func memory() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	folder = filepath.Join(folder, "webmunit", "compressed")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return ""
	}
	return folder
}

// forgetAfter is when what no build has asked for is removed from memory.
const forgetAfter = 14 * 24 * time.Hour

// forget keeps memory from growing for ever. What cannot be removed today may be tomorrow.
func forget(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > forgetAfter {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

// remembered compresses data, or takes the result of an earlier build from folder.
func remembered(folder string, data []byte, suffix string, writer func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	if folder == "" {
		return encode(data, writer)
	}
	sum := sha256.Sum256(data)
	path := filepath.Join(folder, hex.EncodeToString(sum[:])+suffix)
	if small, err := os.ReadFile(path); err == nil {
		_ = os.Chtimes(path, time.Time{}, time.Now()) // it is still of use
		return small, nil
	}
	small, err := encode(data, writer)
	if err == nil {
		// Failing to remember costs time next time, and nothing else.
		_ = replace.File(path, func(w io.Writer) error {
			_, err := w.Write(small)
			return err
		})
	}
	return small, err
}

func encode(data []byte, writer func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	var small bytes.Buffer
	w, err := writer(&small)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return small.Bytes(), nil
}
