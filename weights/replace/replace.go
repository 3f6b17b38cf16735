// Package replace writes files whole or not at all.
package replace

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File calls write to make the file at path. Whatever happens, a kill or a power cut among it, path is afterwards either what it was
// before or the whole new file: that is written beside it, brought to disk, and then renamed. The error names path.
func File(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write %s: %w", path, err)
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}

// syncDir brings a rename to disk. Not every system lets a directory be synced, and those that do not have no need of it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
