package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// build makes the site of the repository at root in the folder out, and lists its files. out is untouched unless all goes well.
func build(ctx context.Context, root, out string) (files []built, err error) {
	if err := checkOut(out); err != nil {
		return nil, err
	}
	// Beside out, so that it can be renamed to it.
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return nil, err
	}
	stage, err := os.MkdirTemp(filepath.Dir(out), ".site-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(stage)

	s := site{root: root, stage: stage}
	for _, step := range []func(context.Context) error{
		s.compileWasm,
		s.bundleModule,
		s.copyAssets,
		s.copyModels,
		s.bundlePages,
		s.buildApart,
		s.renderDocs,
		s.collectLicences,
		s.bundleOffline,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	if files, err = compress(ctx, stage); err != nil {
		return nil, err
	}
	if err := checkBudget(files); err != nil {
		return nil, err
	}
	return files, publish(stage, out)
}

// site is a site being built.
type site struct {
	root  string // of the repository
	stage string // where the site grows
}

func (s *site) source(elem ...string) string {
	return filepath.Join(append([]string{s.root}, elem...)...)
}

func (s *site) target(elem ...string) string {
	return filepath.Join(append([]string{s.stage}, elem...)...)
}

// copyAssets copies what needs no work: the page's HTML and icons, the sample drawings, and what npm's package has besides the module.
func (s *site) copyAssets(context.Context) error {
	if err := os.CopyFS(s.stage, os.DirFS(s.source("site", "public"))); err != nil {
		return err
	}
	if err := os.CopyFS(s.target("samples"), os.DirFS(s.source("site", "samples"))); err != nil {
		return err
	}
	if err := os.CopyFS(s.stage, os.DirFS(s.source("site", "npm"))); err != nil {
		return err
	}
	if err := copyFile(s.target("LICENSE"), s.source("LICENSE")); err != nil {
		return err
	}
	return copyFile(s.target("munit.d.ts"), s.source("site", "src", "module", "types.ts"))
}

// sentinel is a file that every built site has.
const sentinel = "munit.wasm"

// checkOut refuses to replace a folder that build did not make.
func checkOut(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(out, sentinel)); err != nil {
		return fmt.Errorf("%s is there already and is not a built site: remove it, or choose another --out", out)
	}
	return nil
}

// publish puts stage in the place of out.
func publish(stage, out string) error {
	if err := os.Chmod(stage, 0o755); err != nil { // MkdirTemp's are private
		return err
	}
	old := stage + ".old"
	if err := os.Rename(out, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(stage, out); err != nil {
		return errors.Join(err, os.Rename(old, out))
	}
	return os.RemoveAll(old)
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
