package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundleModule writes munit-worker.js, then munit.js, which knows the worker and the wasm by their hash.
func (s *site) bundleModule(ctx context.Context) error {
	goroot, err := s.goRoot(ctx)
	if err != nil {
		return err
	}
	if err := s.run(ctx, s.worker("munit-worker.js", goroot, "module", "worker.ts")); err != nil {
		return err
	}
	sum, err := hashFiles(s.target("munit.wasm"), s.target("munit-worker.js"))
	if err != nil {
		return err
	}
	module := s.bundle("munit.js", "module", "index.ts")
	module.Define = map[string]string{"BUILD": quote(sum[:12])}
	return s.run(ctx, module)
}

// worker is a script that runs a Go program.
func (s *site) worker(name, goroot string, entry ...string) api.BuildOptions {
	worker := s.bundle(name, entry...)
	worker.Alias = map[string]string{"wasm_exec": filepath.Join(goroot, "lib", "wasm", "wasm_exec.js")}
	worker.Banner = map[string]string{"js": "/* Contains wasm_exec.js, copyright The Go Authors, BSD licence: see licences.txt. */"}
	return worker
}

// bundlePages writes page.js and page.css, and those of the other pages. The pages import munit.js as anybody else's would, so that there is one
// module, one MunitError, and the worker beside it.
func (s *site) bundlePages(ctx context.Context) error {
	for _, name := range []string{"page", "bench", "convert"} {
		if err := s.bundlePage(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) bundlePage(ctx context.Context, name string) error {
	page := s.bundle(name+".js", name, "main.ts")
	modules := s.source("site", "src", "module")
	page.Plugins = []api.Plugin{{Name: "module", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^\.`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if filepath.Dir(filepath.Join(a.ResolveDir, a.Path)) != modules {
				return api.OnResolveResult{}, nil
			}
			return api.OnResolveResult{Path: "./munit.js", External: true}, nil
		})
	}}}
	return s.run(ctx, page)
}

// bundleOffline writes the service worker, which must come last: it knows all other files.
func (s *site) bundleOffline(ctx context.Context) error {
	shell := []string{"./"}
	var paths []string
	err := filepath.WalkDir(s.stage, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(s.stage, path)
		name = filepath.ToSlash(name)
		if err != nil || !ofPages(name) {
			return err
		}
		shell = append(shell, name)
		paths = append(paths, path)
		return nil
	})
	if err != nil {
		return err
	}
	version, err := hashFiles(paths...)
	if err != nil {
		return err
	}
	offline := s.bundle("sw.js", "module", "offline.ts")
	offline.Format = api.FormatIIFE // not every browser takes modules as service workers
	offline.Define = map[string]string{"SHELL": quote(shell), "VERSION": quote(version[:12])}
	return s.run(ctx, offline)
}

// ofPages tells what the site's pages ask for, models left out: the rest is for developers.
func ofPages(name string) bool {
	switch {
	case strings.HasSuffix(name, ".map"), strings.HasSuffix(name, ".d.ts"), strings.HasSuffix(name, modelSuffix):
		return false
	}
	return !isApart(name) && !slices.Contains([]string{"package.json", "README.md", "LICENSE"}, name)
}

// bundle is how one script is made from an entry point below site/src.
func (s *site) bundle(name string, entry ...string) api.BuildOptions {
	return api.BuildOptions{
		EntryPoints:       []string{s.source(append([]string{"site", "src"}, entry...)...)},
		Outfile:           s.target(name),
		AbsWorkingDir:     s.root,
		Bundle:            true,
		Write:             true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Sourcemap:         api.SourceMapLinked,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LogLevel:          api.LogLevelSilent,
	}
}

// run makes one script. What its source map says of sources is the same wherever the repository and Go lie.
func (s *site) run(ctx context.Context, o api.BuildOptions) error {
	result := api.Build(o)
	// Warnings are mistakes that still run: an import of what is not exported, a comparison that is never true.
	messages := api.FormatMessages(slices.Concat(result.Errors, result.Warnings), api.FormatMessagesOptions{})
	if len(messages) > 0 {
		return errors.New(strings.TrimSpace(strings.Join(messages, "")))
	}
	goroot, err := s.goRoot(ctx)
	if err != nil {
		return err
	}
	for _, f := range result.OutputFiles {
		if filepath.Ext(f.Path) != ".map" {
			continue
		}
		if err := moveSources(f.Path, map[string]string{s.root: "webmunit", goroot: "go"}); err != nil {
			return err
		}
	}
	return nil
}

// moveSources rewrites the sources of the source map at path: those below a folder of places are told to lie in what it maps to.
func moveSources(path string, places map[string]string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	sources, _ := m["sources"].([]any)
	for i, source := range sources {
		name, _ := source.(string)
		for folder, place := range places {
			if below, err := filepath.Rel(folder, filepath.Join(filepath.Dir(path), filepath.FromSlash(name))); err == nil && filepath.IsLocal(below) {
				sources[i] = place + "/" + filepath.ToSlash(below)
			}
		}
	}
	if text, err = json.Marshal(m); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func quote(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // only strings come here
	}
	return string(text)
}

// hashFiles gives the SHA-256 over the files' contents, in hex.
func hashFiles(paths ...string) (string, error) {
	h := sha256.New()
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(data)
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
