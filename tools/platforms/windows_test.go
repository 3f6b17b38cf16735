//go:build all && linux && amd64 && !race

package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/ran"
	"github.com/webmunit/webmunit/tools/internal/stacks"
)

// windows is munit.exe under Wine, on a machine without a GPU.
type windows struct {
	target
	munit string
}

func newWindows(t *testing.T) windows {
	t.Helper()
	env, err := stacks.WineEnvironment(t.Context(), os.Stderr)
	require.NoError(t, err)
	p := newTarget(t, "windows", "amd64", "", "wine")
	p.env = append(env, "DISPLAY=", "VK_DRIVER_FILES=none", "VK_ICD_FILENAMES=none")
	return windows{p, p.munit(t)}
}

// path is a path of this machine as Windows writes it: Wine's drive Z is all of it.
func (w windows) path(elements ...string) string {
	return "Z:" + strings.ReplaceAll(filepath.Join(elements...), "/", `\`)
}

// start starts munit.exe in a folder. What it says goes to a file: a pipe would stay open as long as Wine's services run, which outlive the program.
func (w windows) start(t *testing.T, dir string, args ...string) (cmd *exec.Cmd, said func() string) {
	t.Helper()
	output, err := os.CreateTemp(t.TempDir(), "said")
	require.NoError(t, err)
	defer output.Close()
	cmd = w.command(t.Context(), ".", w.munit, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, output, output
	require.NoError(t, cmd.Start())
	return cmd, func() string {
		text, err := os.ReadFile(output.Name())
		require.NoError(t, err)
		return string(text)
	}
}

// run gives what munit.exe says and its exit code.
func (w windows) run(t *testing.T, dir string, args ...string) (string, int) {
	t.Helper()
	cmd, said := w.start(t, dir, args...)
	if err := cmd.Wait(); err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	return said(), cmd.ProcessState.ExitCode()
}

// until waits for what munit.exe says.
func until(t *testing.T, said func() string, pattern string) []string {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(said()); m != nil {
			return m
		}
		require.True(t, time.Now().Before(deadline), "munit.exe does not say %s: %s", pattern, said())
	}
}

// TestWindows runs munit.exe as people on Windows do: paths with drives and backslashes, patterns that cmd.exe leaves alone, Ctrl-C. Its pictures
// are this machine's to the byte.
func TestWindows(t *testing.T) {
	with := ran.Test(t, "windows-amd64")
	w := newWindows(t)
	version, err := exec.Command("wine", "--version").Output()
	require.NoError(t, err)

	in := filepath.Join(w.dir, "in put") // a space, as in C:\Program Files
	require.NoError(t, os.Mkdir(in, 0o755))
	drawings := map[string]string{"one.png": "sneaker.png", "two.png": "boot.png"}
	for to, from := range drawings {
		data, err := os.ReadFile(filepath.Join(w.root, "site/samples/wares", from))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(in, to), data, 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(in, "notes.txt"), nil, 0o644))
	said, code := w.run(t, w.dir, "translate", "--model", w.path(w.root, model), "--input", `in put\*.png`, "--output", w.path(w.dir, "out"), "--seed", "3", "--styles", "2")
	require.Zero(t, code, said)
	assert.Contains(t, said, "there is no GPU")
	with(vectorsIn(t, said) + ", " + strings.Replace(strings.Fields(string(version))[0], "wine-", "Wine ", 1))

	here := newTarget(t, "linux", "amd64", "")
	cmd := here.command(t.Context(), ".", here.munit(t), "translate", "--device", "cpu", "--model", model, "--input", in, "--output", here.dir, "--seed", "3", "--styles", "2")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, name := range []string{"one-000.png", "one-001.png", "two-000.png", "two-001.png"} {
		want, err := os.ReadFile(filepath.Join(here.dir, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(w.dir, "out", name))
		require.NoError(t, err)
		assert.Equal(t, want, got, "the file %s", name)
	}
	files, err := os.ReadDir(filepath.Join(w.dir, "out"))
	require.NoError(t, err)
	assert.Len(t, files, 4)

	said, code = w.run(t, w.dir, "devices")
	assert.Zero(t, code, said)
	assert.Regexp(t, `(?m)^\* cpu  .*: auto takes it, no GPU was found`, said)
	said, code = w.run(t, w.dir, "doctor")
	assert.Zero(t, code, said)
	assert.Contains(t, said, "All checks passed.")
	said, code = w.run(t, w.dir, "translate", "--model", w.path(w.root, model), "--input", `C:\no\such*.png`, "--output", "out")
	assert.Equal(t, 1, code)
	assert.Contains(t, said, `no file matches C:\no\such*.png`)

	t.Run("serve", w.serve)
	t.Run("Ctrl-C", w.interrupted)
}

// serve shows the page until Ctrl-C.
func (w windows) serve(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!doctype html>hello"), 0o644))
	cmd, said := w.start(t, dir, "serve", "--addr", "127.0.0.1:0", "--dir", w.path(dir))
	defer cmd.Process.Kill()
	resp, err := http.Get(until(t, said, `http://127\.0\.0\.1:\d+/`)[0])
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "<!doctype html>hello", string(body))
	require.NoError(t, cmd.Process.Signal(os.Interrupt)) // which Wine makes a Ctrl-C of
	assert.NoError(t, cmd.Wait(), "Ctrl-C is how serving ends: %s", said())
}

// interrupted: Ctrl-C ends a translation, and the exit code says so.
func (w windows) interrupted(t *testing.T) {
	cmd, said := w.start(t, w.dir, "translate", "--model", w.path(w.root, model), "--input", w.path(w.root, drawing), "--output", w.path(t.TempDir()), "--styles", "999")
	defer cmd.Process.Kill()
	until(t, said, "computing on the CPU")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.Error(t, cmd.Wait())
	assert.Equal(t, 130, cmd.ProcessState.ExitCode(), said())
}
