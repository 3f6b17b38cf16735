package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteReplacesOnlyTheSection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(path, []byte("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n"), 0o600))
	require.NoError(t, checkTarget(path))
	for range 2 { // writing again changes nothing more
		require.NoError(t, writeSection(path, []byte("new\n")))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "before\n"+beginMark+"\n\nnew\n\n"+endMark+"\nafter\n", string(text))
	}
	unmarked := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(unmarked, []byte(endMark+beginMark), 0o600))
	assert.ErrorContains(t, checkTarget(unmarked), "no section between")
	assert.ErrorContains(t, checkTarget(filepath.Join(t.TempDir(), "none.md")), "none.md")
}

func TestDocumentHasTheSection(t *testing.T) {
	assert.NoError(t, checkTarget(filepath.Join("..", "..", "docs", "benchmarks.md")))
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{{"--only", "pages"}, {"--only", ""}, {"--runs", "0"}, {"--threads", "-1"}, {"more"}, {"--nope"}} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 2, command(t.Context(), args, &stdout, &stderr), "%v", args)
		assert.Regexp(t, `^bench: .*; see --help\n$`, stderr.String())
		assert.Empty(t, stdout.String())
	}
	var stdout bytes.Buffer
	assert.Equal(t, 0, command(t.Context(), []string{"--help"}, &stdout, io.Discard))
	assert.Equal(t, usage, stdout.String())
}

func TestMissingThingsAreNamedFirst(t *testing.T) {
	goCommand, err := exec.LookPath("go")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Symlink(goCommand, filepath.Join(dir, "go")))
	t.Setenv("PATH", dir) // no apt-get, no npm
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--only", "native", "--python", "/no/python3"}, "/no/python3 has no PyTorch: run `sudo apt-get install"},
		{[]string{"--only", "devices", "--write", "none.md"}, "--write: open none.md"},
	} {
		var stderr bytes.Buffer
		assert.Equal(t, 1, command(t.Context(), c.args, io.Discard, &stderr))
		assert.Contains(t, stderr.String(), c.want)
	}
	_, err = installORT(t.Context(), options{log: io.Discard}, t.TempDir())
	assert.ErrorContains(t, err, "npm is missing")
}

func TestMissingONNXIsLeftOutByName(t *testing.T) {
	s := &suite{options: options{log: io.Discard}, root: t.TempDir()}
	require.NoError(t, s.findONNX())
	assert.Empty(t, s.onnx)
	require.Len(t, s.report.LeftOut, 1)
	assert.Equal(t, "onnxruntime-web, WebGPU and WASM", s.report.LeftOut[0].Name)
	assert.Contains(t, s.report.LeftOut[0].Why, "--onnx")
	assert.Len(t, s.pageContenders(&browser{}), 2)

	s.options.onnx, s.onnxGiven = filepath.Join(s.root, "none.onnx"), true
	assert.ErrorContains(t, s.findONNX(), "none.onnx")
}
