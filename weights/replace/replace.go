// Package replace writes files whole or not at all.
//
// What it exports may change with any version; runtime and weights are for other modules.
package replace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// One is a file to be written.
type One struct {
	Path  string
	Write func(io.Writer) error
}

// File calls write to make the file at path. Whatever happens, a kill or a power cut among it, path is afterwards either what it was
// before or the whole new file: that is written beside it, brought to disk, and then renamed. A file that was there leaves its permissions to
// the new one. The error names path.
func File(path string, write func(io.Writer) error) error { return All(One{path, write}) }

// All makes files that belong together. Whatever happens, those of before and those of now are never there side by side: all are written before
// the first of the old is taken away, and all of the old are away before the first of the new is there. The error names the file at fault.
func All(files ...One) (err error) {
	var parts []*part
	defer func() {
		for _, p := range parts {
			p.close()
			if err != nil {
				os.Remove(p.file.Name()) // if it is still there
			}
		}
	}()
	for _, f := range files {
		p, err := newPart(f.Path)
		if err == nil {
			parts = append(parts, p)
			err = p.fill(f.Write)
		}
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", f.Path, err)
		}
	}
	if len(parts) > 1 {
		for _, p := range parts {
			if info, err := os.Lstat(p.path); err == nil && info.IsDir() {
				return fmt.Errorf("cannot write %s: it is a directory", p.path)
			}
		}
		for _, p := range parts {
			if err := os.Remove(p.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("cannot write %s: %w", p.path, err)
			}
		}
		for _, p := range parts { // that they are away is on disk before the first of the new: a power cut keeps no order by itself
			syncDir(filepath.Dir(p.path))
		}
	}
	for _, p := range parts {
		if err := p.rename(); err != nil {
			return fmt.Errorf("cannot write %s: %w", p.path, err)
		}
	}
	return nil
}

// part is a file on its way. Its name does not depend on the file's, which may be as long as a name can be.
type part struct {
	path string
	file *os.File
}

const (
	partPrefix = ".munit-"
	partSuffix = ".part"
)

func newPart(path string) (*part, error) {
	const attempts = 100
	for range attempts {
		name := fmt.Sprintf("%s%016x%s", partPrefix, rand.Uint64(), partSuffix)
		f, err := os.OpenFile(filepath.Join(filepath.Dir(path), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		hold(f)
		if !stillThere(f) { // a Sweep came between
			f.Close()
			continue
		}
		return &part{path, f}, nil
	}
	return nil, errors.New("no name is free for it beside it")
}

func stillThere(f *os.File) bool {
	open, err1 := f.Stat()
	named, err2 := os.Stat(f.Name())
	return err1 == nil && err2 == nil && os.SameFile(open, named)
}

func (p *part) fill(write func(io.Writer) error) error {
	if err := write(p.file); err != nil {
		return err
	}
	if info, err := os.Stat(p.path); err == nil && info.Mode().IsRegular() {
		if err := p.file.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	return p.file.Sync()
}

func (p *part) rename() error {
	if !renamesOpen {
		if err := p.close(); err != nil {
			return err
		}
	}
	if err := os.Rename(p.file.Name(), p.path); err != nil {
		return err
	}
	syncDir(filepath.Dir(p.path))
	return p.close()
}

func (p *part) close() error {
	if err := p.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Probe tries whether files can be written in dir.
func Probe(dir string) error {
	p, err := newPart(filepath.Join(dir, "probe"))
	if err != nil {
		return err
	}
	return errors.Join(p.close(), os.Remove(p.file.Name()))
}

// Sweep removes from dir what programs that were killed in File or All left of their files; what others are writing now stays.
func Sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), partPrefix) || !strings.HasSuffix(e.Name(), partSuffix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
			sweep(f)
		}
	}
}

// syncDir brings a rename to disk. Not every system lets a directory be synced, and those that do not have no need of it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
