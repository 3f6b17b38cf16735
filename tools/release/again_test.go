//go:build all

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// TestReleasesAreReproducible releases one commit from two clones in different folders: all files are equal to the byte.
func TestReleasesAreReproducible(t *testing.T) {
	root, err := gotool.Root(t.Context())
	require.NoError(t, err)
	var sums []string
	for _, folder := range []string{"one", "another/below"} {
		clone := filepath.Join(t.TempDir(), folder)
		out, err := exec.Command("git", "clone", "--quiet", root, clone).CombinedOutput()
		require.NoError(t, err, "%s", out)
		cmd, err := gotool.Native(t.Context(), clone, "run", "./tools/release", "--version", "v0.2.0")
		require.NoError(t, err)
		out, err = cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		text, err := os.ReadFile(filepath.Join(clone, "release", "SHA256SUMS"))
		require.NoError(t, err)
		sums = append(sums, string(text))
	}
	assert.Equal(t, sums[0], sums[1])
}
