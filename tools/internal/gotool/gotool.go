// Package gotool starts the Go tool for those of our programs and tests that build something. It is always the Go that go.mod names, whichever
// one the machine has: another has another simd/archsimd, or another loader for the wasm.
package gotool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// The GOEXPERIMENTs that we build with, which the Makefile states too.
const (
	nativeExperiment = "simd" // vectors for the CPU executor
	// Vectors too: every engine that still gets updates has them. Off are the second version of encoding/json, which is 0.15 MB of brotli, and
	// allocators for each size of object and the newer collector, 0.01 MB each: the page allocates little.
	pageExperiment = "simd,nojsonv2,nosizespecializedmalloc,nogreenteagc"
)

// Root finds the root of the repository around the current folder.
func Root(ctx context.Context) (string, error) {
	text, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w: is Go on the PATH?", err)
	}
	mod := strings.TrimSpace(string(text))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("this is not in a clone of the repository: cd into one")
	}
	return filepath.Dir(mod), nil
}

// Toolchain is the Go that the go.mod at root names, as GOTOOLCHAIN wants it: "go" and the version.
func Toolchain(root string) (string, error) {
	path := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	mod, err := modfile.ParseLax(path, text, nil)
	if err != nil {
		return "", err
	}
	if mod.Go == nil {
		return "", fmt.Errorf("%s has no go line", path)
	}
	return "go" + mod.Go.Version, nil
}

// Native is the Go tool at root, for this machine.
func Native(ctx context.Context, root string, args ...string) (*exec.Cmd, error) {
	return command(ctx, root, args, "GOEXPERIMENT="+nativeExperiment)
}

// Page is the Go tool at root, for what runs in browsers.
func Page(ctx context.Context, root string, args ...string) (*exec.Cmd, error) {
	return command(ctx, root, args, "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT="+pageExperiment, "GOFLAGS=")
}

func command(ctx context.Context, root string, args []string, env ...string) (*exec.Cmd, error) {
	toolchain, err := Toolchain(root)
	if err != nil {
		return nil, err
	}
	if err := look(root); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(append(os.Environ(), "GOTOOLCHAIN="+toolchain), env...)
	return cmd, nil
}

// sources are what programs and pages are built of, below the root of the repository.
var sources = []string{"go.mod", "go.sum", "README.md", "CHANGELOG.md", "LICENSE", "docs", "runtime", "shaders", "site", "tools", "wasm", "weights"}

// look looks at all sources. The Go tool remembers what a test said until a file has changed that the test looked at, and does not see what is
// read by a Go tool that the test starts: a change of the page would leave the page's tests "(cached)".
func look(root string) error {
	for _, name := range sources {
		path := filepath.Join(root, name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another module's root
		}
		if err == nil && info.IsDir() { // a folder that was read stands for its files' names, sizes and times
			err = filepath.WalkDir(path, func(_ string, _ fs.DirEntry, err error) error { return err })
		}
		if err != nil {
			return fmt.Errorf("looking at the sources: %w", err)
		}
	}
	return nil
}
