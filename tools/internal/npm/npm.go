// Package npm installs pinned packages of the npm registry into a folder of the user's cache.
package npm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/webmunit/webmunit/weights/replace"
)

// Cached is Install into a folder of that name in the user's cache.
func Cached(ctx context.Context, name string, pins fs.FS, log io.Writer) (modules string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for npm's packages: %w; set HOME", err)
	}
	return Install(ctx, filepath.Join(cache, "webmunit", name), pins, log)
}

// Install returns the folder node_modules in dir, with the packages that package.json and package-lock.json of pins name by version and hash.
// They are fetched at the first use, and when the pins change; what npm says goes to log. npm keeps what it has fetched in a cache of its own, so
// that a download that was interrupted goes on, and checks every package's hash. No scripts of packages are run, so that the registry's hashes
// say all that happens here; what such a script would have fetched is not there.
func Install(ctx context.Context, dir string, pins fs.FS, log io.Writer) (modules string, err error) {
	lock, err := fs.ReadFile(pins, "package-lock.json")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	modules = filepath.Join(dir, "node_modules")
	vouches := filepath.Join(dir, "installed.json") // written last
	if have, err := os.ReadFile(vouches); err == nil && bytes.Equal(have, lock) {
		return modules, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errors.New("npm is missing, which fetches the packages: install Node.js with npm (Debian: sudo apt-get install -y npm)")
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := fs.ReadFile(pins, name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return "", err
		}
	}
	fmt.Fprintf(log, "fetching packages into %s\n", dir)
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm ci in %s: %w", dir, err)
	}
	return modules, replace.File(vouches, func(w io.Writer) error {
		_, err := w.Write(lock)
		return err
	})
}
