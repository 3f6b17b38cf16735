package main

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/webmunit/webmunit/tools/internal/stacks"
)

//go:embed engine.mjs
var engineJS []byte

// inDeno runs p in Deno, whose WebGPU is wgpu.
func inDeno(ctx context.Context, s stacks.Stack, p *program, stdout, stderr io.Writer) (int, error) {
	modules, err := stacks.Packages(ctx, stderr)
	if err != nil {
		return 0, err
	}
	deno, err := stacks.DenoPath(modules)
	if err != nil {
		return 0, err
	}
	return inEngine(ctx, s, p, stdout, stderr, deno, "run", "--quiet", "--allow-all", "--unstable-webgpu", "engine.mjs")
}

// inNode runs p in Node.js with npm's webgpu, which is Dawn.
func inNode(ctx context.Context, s stacks.Stack, p *program, stdout, stderr io.Writer) (int, error) {
	modules, err := stacks.Packages(ctx, stderr)
	if err != nil {
		return 0, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return 0, errors.New("node is missing: install it with `make setup`")
	}
	return inEngine(ctx, s, p, stdout, stderr, node, "engine.mjs", filepath.Join(modules, "webgpu", "index.js"))
}

// inEngine runs p in an engine that is no browser: the same page.js, in a process whose output is the program's.
func inEngine(ctx context.Context, s stacks.Stack, p *program, stdout, stderr io.Writer, command ...string) (int, error) {
	url, closeServer, err := offer(p, nil)
	if err != nil {
		return 0, err
	}
	defer closeServer()
	dir, err := os.MkdirTemp("", "wm-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	wasmExec, err := wasmExecPath()
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(wasmExec)
	if err != nil {
		return 0, err
	}
	for name, text := range map[string][]byte{"engine.mjs": engineJS, "page.js": pageJS, "wasm_exec.js": text} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return 0, err
		}
	}
	env, err := s.Environment()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, stdout, stderr
	cmd.Env = append(append(os.Environ(), "WEBTEST_ORIGIN="+url, "DENO_DIR="+dir, "DENO_NO_UPDATE_CHECK=1", "VK_INSTANCE_LAYERS="), env...)
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	}
	return 0, err // nil, or what killed it
}
