package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func releaseInto(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := command(t.Context(), args, &out, &out)
	return out.String(), code
}

func TestWrongUseIsSaid(t *testing.T) {
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "mine"), nil, 0o644))
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "like v0.2.0"},
		{[]string{"--version", "0.2"}, 2, "like v0.2.0"},
		{[]string{"--version", "v0.2.0", "--only", "linux-amd64,solaris"}, 2, "solaris"},
		{[]string{"--version", "v0.2.0", "now"}, 2, "now"},
		{[]string{"--help"}, 0, "SHA256SUMS"},
		{[]string{"--version", "v0.2.0", "--out", full}, 1, "holds files"},
	} {
		out, code := releaseInto(t, c.args...)
		assert.Equal(t, c.code, code, "%v: %s", c.args, out)
		assert.Contains(t, out, c.says)
	}
}
