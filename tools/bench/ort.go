package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// npmFiles pin onnxruntime-web, which only this benchmark needs, with all that it needs.
//
//go:embed package.json package-lock.json
var npmFiles embed.FS

// ort is an installed onnxruntime-web.
type ort struct {
	dir     string // with its bundles and wasm
	version string
}

// cacheDir is where what the benchmark fetches and builds outlives it, outside the clone.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder (%w): set HOME", err)
	}
	dir = filepath.Join(dir, "webmunit", "bench")
	return dir, os.MkdirAll(dir, 0o755)
}

// installORT fetches the pinned onnxruntime-web into cache, unless it is there.
func installORT(ctx context.Context, o options, cache string) (ort, error) {
	lock, err := npmFiles.ReadFile("package-lock.json")
	if err != nil {
		return ort{}, err
	}
	// Written last, so that it vouches for all of the installation.
	installed := filepath.Join(cache, "installed.json")
	if have, err := os.ReadFile(installed); err != nil || !bytes.Equal(have, lock) {
		if err := npmCI(ctx, o, cache); err != nil {
			return ort{}, err
		}
		if err := writeFile(installed, lock); err != nil {
			return ort{}, err
		}
	}
	text, err := os.ReadFile(filepath.Join(cache, "node_modules", "onnxruntime-web", "package.json"))
	if err != nil {
		return ort{}, fmt.Errorf("onnxruntime-web in %s is damaged (%w): remove that folder", cache, err)
	}
	pkg := struct{ Version string }{}
	if err := json.Unmarshal(text, &pkg); err != nil {
		return ort{}, err
	}
	return ort{filepath.Join(cache, "node_modules", "onnxruntime-web", "dist"), pkg.Version}, nil
}

func npmCI(ctx context.Context, o options, cache string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is missing, which fetches onnxruntime-web: install Node.js with npm (Debian: sudo apt-get install -y npm), or leave the page out by --only native,devices,layers")
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := fs.ReadFile(npmFiles, name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(cache, name), text, 0o644); err != nil {
			return err
		}
	}
	o.logf("fetching onnxruntime-web into %s (150 MB)", cache)
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = cache
	cmd.Stdout, cmd.Stderr = o.log, o.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci in %s: %w", cache, err)
	}
	return nil
}
