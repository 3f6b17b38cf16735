package ort

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnpackKeepsModulesOnly(t *testing.T) {
	var file bytes.Buffer
	zipped := gzip.NewWriter(&file)
	files := tar.NewWriter(zipped)
	for _, name := range []string{"package/dist/a.mjs", "package/dist/b.wasm", "package/dist/a.js", "package/lib/c.mjs", "package/dist/../../d.mjs"} {
		require.NoError(t, files.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(name))}))
		_, err := files.Write([]byte(name))
		require.NoError(t, err)
	}
	require.NoError(t, files.Close())
	require.NoError(t, zipped.Close())

	dir := t.TempDir()
	require.NoError(t, unpack(&file, dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{"a.mjs", "b.wasm"}, names)
	assert.ErrorContains(t, unpack(bytes.NewReader([]byte("this is no tarball")), dir), "gzip")
}
