//go:build all && !race

package bundlers

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each bundler finds all by itself, built and while one develops; esbuild needs to be told, as its documentation and our README say.
func TestBundlers(t *testing.T) {
	a := install(t, "all")
	t.Run("types", func(t *testing.T) {
		// Next would rewrite what it found of TypeScript.
		defer os.RemoveAll(filepath.Join(a.dir, "types"))
		a.run(t, "typescript/bin/tsc", "-p", "types")
	})
	t.Run("Vite", func(t *testing.T) {
		requireTranslation(t, a.develop(t, "vite/bin/vite.js", port("--port=%s", "--host", "127.0.0.1", "--strictPort")))
	})
	t.Run("webpack, built", func(t *testing.T) {
		a.run(t, "webpack-cli/bin/cli.js", "build", "--mode", "production")
		a.requireNoPaths(t)
		require.NoError(t, os.CopyFS(filepath.Join(a.dir, "out"), os.DirFS(filepath.Join(a.dir, "public"))))
		requireTranslation(t, a.host(t, "out"))
	})
	t.Run("webpack", func(t *testing.T) {
		requireTranslation(t, a.develop(t, "webpack-cli/bin/cli.js", port("--port=%s", "serve", "--mode", "development", "--host", "127.0.0.1")))
	})
	t.Run("Rollup, built", func(t *testing.T) {
		a.clear(t)
		a.run(t, "rollup/dist/bin/rollup", "-c")
		require.NoError(t, os.CopyFS(filepath.Join(a.dir, "out"), os.DirFS(filepath.Join(a.dir, "public"))))
		requireTranslation(t, a.host(t, "out"))
	})
	t.Run("esbuild, built", func(t *testing.T) {
		a.clear(t)
		a.run(t, "esbuild/bin/esbuild", "start.js", "--bundle", "--format=esm", "--outfile=out/main.js")
		for _, name := range []string{"munit-worker.js", "munit.wasm", "models/avatars.munit.safetensors"} {
			data, err := os.ReadFile(filepath.Join(a.dir, "node_modules", "webmunit", name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(a.dir, "out", filepath.Base(name)), data, 0o644))
		}
		require.NoError(t, os.CopyFS(filepath.Join(a.dir, "out"), os.DirFS(filepath.Join(a.dir, "public"))))
		requireTranslation(t, a.host(t, "out"))
	})
	t.Run("Next, built", func(t *testing.T) {
		a.clear(t)
		a.run(t, "next/dist/bin/next", "build")
		a.requireNoPaths(t)
		requireTranslation(t, a.host(t, "out"))
	})
	t.Run("Next", func(t *testing.T) {
		a.clear(t)
		requireTranslation(t, a.develop(t, "next/dist/bin/next", port("--port=%s", "dev", "--hostname", "127.0.0.1")))
	})
}

// clear removes what the last bundler built.
func (a app) clear(t *testing.T) {
	t.Helper()
	require.NoError(t, os.RemoveAll(filepath.Join(a.dir, "out")))
}

// requireNoPaths: where the builder keeps its files is nobody's business.
func (a app) requireNoPaths(t *testing.T) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(a.dir, "out"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".js" {
			return err
		}
		text, err := os.ReadFile(path)
		assert.False(t, strings.Contains(string(text), a.dir), "%s tells where it was built", path)
		return err
	}))
}

// develop starts a program of the app's packages that serves the app until the test ends; args get the port it is to listen on.
func (a app) develop(t *testing.T, script string, args func(port string) []string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Join("node_modules", script)}, args(port)...)...)
	cmd.Dir, cmd.Env = a.dir, environment()
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	// Asked to end, it ends the processes it started; killed, it would not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	url = "http://127.0.0.1:" + port
	require.Eventually(t, func() bool {
		answer, err := http.Get(url)
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == http.StatusOK
	}, patience, 200*time.Millisecond)
	return url
}

// port makes the arguments of develop.
func port(format string, rest ...string) func(string) []string {
	return func(port string) []string { return append(rest, fmt.Sprintf(format, port)) }
}
