//go:build !js

package runtime

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/webmunit/webmunit/weights/replace"
)

// FileStore is a Store of one file per key in a directory, which is made when it is needed. Several programs may share it.
type FileStore struct{ Dir string }

var _ Store = FileStore{}

// UserStore is the FileStore in the user's cache directory, such as ~/.cache/webmunit/tuning. Its error says why there is none.
func UserStore() (FileStore, error) {
	cache, err := os.UserCacheDir()
	return FileStore{filepath.Join(cache, "webmunit", "tuning")}, err
}

func (s FileStore) path(key string) string { return filepath.Join(s.Dir, key+".json") }

// Load reads a key's file.
func (s FileStore) Load(key string) ([]byte, error) {
	data, err := os.ReadFile(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Save replaces a key's file, at once: nobody reads half of it, and a full disk leaves what was there.
func (s FileStore) Save(key string, data []byte) error {
	if err := os.MkdirAll(s.Dir, 0o777); err != nil {
		return err
	}
	replace.Sweep(s.Dir)
	return replace.File(s.path(key), func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
