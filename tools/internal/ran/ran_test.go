package ran

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadmeSaysWhatRan(t *testing.T) {
	path, is, should, err := Readme("../../..")
	require.NoError(t, err)
	assert.Equal(t, should, is, "%s claims something else than docs/platforms.json: run `go run ./tools/platforms`", path)
}

// TestRecord: what passed is in the table, with what it ran with; what failed later is not any more, and what never ran is said to be so.
func TestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "platforms.json")
	t.Setenv(File, path)
	t.Run("passes", func(t *testing.T) { Test(t, "linux-arm64")("NEON") })
	require.NoError(t, Record("webkitgtk", "", true))
	text, err := Table(path)
	require.NoError(t, err)
	assert.Contains(t, text, "| arm64: CPU, under qemu (NEON). **Not yet**: amd64: CPU; ")
	assert.Contains(t, text, "| **Not yet**: amd64, arm64: vetted and built only, nothing has run |")

	require.NoError(t, Record("linux-arm64", "NEON", false))
	text, err = Table(path)
	require.NoError(t, err)
	assert.NotContains(t, text, "NEON).")
	assert.Contains(t, text, "the page on the CPU in WebKitGTK")
	assert.Equal(t, 1, strings.Count(text, "Safari 26"))

	assert.ErrorContains(t, Record("solaris", "", true), `"solaris" is no claim`)
	require.NoError(t, os.WriteFile(path, []byte(`{"solaris": {}}`), 0o644))
	_, err = Table(path)
	assert.ErrorContains(t, err, "solaris")
}

// TestPlainRunsRecordNothing, so that they change no file.
func TestPlainRunsRecordNothing(t *testing.T) {
	t.Setenv(File, "")
	require.NoError(t, Record("linux-arm64", "", true))
}
