package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/webmunit/webmunit/weights/replace"
)

// npmFiles pin, by version and hash, the packages that pictures are made of.
//
//go:embed package.json package-lock.json
var npmFiles embed.FS

// packages is the folder of the installed packages, which npm fetches at the first use. npm keeps what it has fetched in a cache of its own, so that a
// download that was interrupted goes on, and checks every package's hash.
func packages(ctx context.Context, cache string, log io.Writer) (string, error) {
	lock, err := npmFiles.ReadFile("package-lock.json")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	modules := filepath.Join(cache, "node_modules")
	vouches := filepath.Join(cache, "installed.json") // written last
	if have, err := os.ReadFile(vouches); err == nil && bytes.Equal(have, lock) {
		return modules, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errors.New("npm is missing, which fetches the packages: install Node.js with npm (Debian: sudo apt-get install -y npm)")
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := npmFiles.ReadFile(name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(cache, name), text, 0o644); err != nil {
			return "", err
		}
	}
	fmt.Fprintf(log, "fetching packages into %s (100 MB)\n", cache)
	// No scripts of packages are run. three-globe wants three, of which its pictures have no need.
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund")
	cmd.Dir, cmd.Stdout, cmd.Stderr = cache, log, log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm ci in %s: %w", cache, err)
	}
	return modules, replace.File(vouches, func(w io.Writer) error {
		_, err := w.Write(lock)
		return err
	})
}
