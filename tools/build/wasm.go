package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// cold packages are compiled without inlining, which saves 3 % of the wasm: a picture's time is spent elsewhere.
var cold = strings.Fields("fmt reflect time os strconv log encoding/json image strings bytes path/filepath syscall github.com/norunners/vert")

// compileWasm always asks the Go tool, whose cache knows best whether anything changed.
func (s *site) compileWasm(ctx context.Context) error {
	args := []string{"build", "-trimpath", "-ldflags=-s -w"}
	for _, p := range cold {
		args = append(args, "-gcflags="+p+"=-l")
	}
	_, err := s.goTool(ctx, append(args, "-o", s.target("munit.wasm"), "./wasm")...)
	return err
}

// goTool runs the Go tool at the root for js/wasm.
func (s *site) goTool(ctx context.Context, args ...string) (string, error) {
	cmd, err := gotool.Page(ctx, s.root, args...)
	if err != nil {
		return "", err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// goRoot is that of the toolchain that compiles the wasm, whose loader must be of the same version.
func (s *site) goRoot(ctx context.Context) (string, error) {
	out, err := s.goTool(ctx, "env", "GOROOT")
	return strings.TrimSpace(out), err
}

// collectLicences writes the licences of all that munit.wasm contains: most ask for that.
func (s *site) collectLicences(ctx context.Context) error {
	goroot, err := s.goRoot(ctx)
	if err != nil {
		return err
	}
	list, err := s.goTool(ctx, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./wasm", "./wasm/checkup")
	if err != nil {
		return err
	}
	var text strings.Builder
	seen := map[string]bool{}
	for line := range strings.Lines("webmunit\t" + s.root + "\nGo\t" + goroot + "\n" + list) {
		name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		found, err := filepath.Glob(filepath.Join(dir, "LICENSE*"))
		if err != nil || len(found) == 0 {
			return fmt.Errorf("%s has no LICENSE file in %s, which munit.wasm must come with", name, dir)
		}
		for _, path := range found {
			licence, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "%s\n%s\n\n%s\n\n", name, strings.Repeat("=", len(name)), bytes.TrimSpace(licence))
		}
	}
	return os.WriteFile(s.target("licences.txt"), []byte(text.String()), 0o644)
}
