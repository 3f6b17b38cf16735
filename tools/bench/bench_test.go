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

	"github.com/webmunit/webmunit/tools/internal/bench"
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
	t.Setenv("PATH", dir) // no apt-get
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
}

// The file that onnxruntime-web gets is the network: its own tests in runtime/onnx hold the exporter, these the inputs that page.js names.
func TestONNX(t *testing.T) {
	n := bench.M16()
	file, err := onnxOf(n)
	require.NoError(t, err)
	parameters := 0
	for _, x := range n.Model().Tensors {
		parameters += len(x.Float32s())
	}
	assert.Greater(t, len(file), 4*parameters, "all weights are in it")
	for _, name := range []string{"InstanceNormalization", "Conv", "Tanh", n.Title} {
		assert.Contains(t, string(file), name)
	}
}
