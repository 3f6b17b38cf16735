package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/licences"
)

// cold packages are compiled without inlining, which saves 4 % of the wasm: a picture's time is spent elsewhere, in kernels of the GPU and in runtime/cpu.
var cold = strings.Fields("fmt reflect time os strconv log encoding/json image strings bytes path/filepath syscall github.com/norunners/vert " +
	"github.com/gogpu/wgpu github.com/gogpu/wgpu/internal/browser github.com/webmunit/webmunit/runtime github.com/webmunit/webmunit/runtime/gpu " +
	"github.com/webmunit/webmunit/runtime/graph github.com/webmunit/webmunit/runtime/lowering github.com/webmunit/webmunit/runtime/net " +
	"github.com/webmunit/webmunit/weights/strictjson github.com/webmunit/webmunit/shaders")

// compileWasm always asks the Go tool, whose cache knows best whether anything changed. The page does not train (tag inference).
func (s *site) compileWasm(ctx context.Context) error {
	args := []string{"build", "-tags=inference", "-trimpath", "-ldflags=-s -w"}
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

// collectLicences writes the licences of all that munit.wasm contains.
func (s *site) collectLicences(ctx context.Context) error {
	text, err := licences.Of(func(args ...string) (string, error) { return s.goTool(ctx, args...) }, s.root, "./wasm", "./wasm/checkup", "./wasm/convert")
	if err != nil {
		return err
	}
	return os.WriteFile(s.target("licences.txt"), []byte(text), 0o644)
}
