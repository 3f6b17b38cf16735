package eval

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/runtime/train/data"
	"github.com/webmunit/webmunit/weights"
)

func TestPairsGoByName(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, name := range []string{"testA/x_1.png", "testA/y.png", "testB/x_1.png", "testB/z.png", "testB_multi/x_1_1.png", "testB_multi/x_1_12.png", "testB_multi/y_2.png", "testMask/y.png"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(path(name)), 0o755))
		require.NoError(t, picture.WritePNG(path(name), image.NewGray(image.Rect(0, 0, 4, 4))))
	}
	p, err := FindPairs(dir, weights.A2B)
	require.NoError(t, err)
	assert.Equal(t, []Input{
		{path("testA/x_1.png"), []string{path("testB/x_1.png"), path("testB_multi/x_1_1.png"), path("testB_multi/x_1_12.png")}, ""},
		{path("testA/y.png"), []string{path("testB_multi/y_2.png")}, path("testMask/y.png")},
	}, p.Inputs)
	assert.Len(t, p.Reference, 5)
	p, err = FindPairs(dir, weights.B2A)
	require.NoError(t, err)
	assert.Equal(t, []Input{{path("testB/x_1.png"), []string{path("testA/x_1.png")}, ""}, {path("testB/z.png"), nil, ""}}, p.Inputs)

	v, err := Read(t.Context(), path("testA/y.png"), 2, 2, 3)
	require.NoError(t, err)
	assert.Equal(t, Picture{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}, v)
	require.NoError(t, os.WriteFile(path("testA/cut.png"), []byte("\x89PNG\r\n\x1a\n"), 0o644))
	_, err = Read(t.Context(), path("testA/cut.png"), 2, 2, 3)
	require.ErrorIs(t, err, picture.ErrDamaged)
	assert.Equal(t, 1, strings.Count(err.Error(), "cut.png"), err)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = Read(ended, path("testA/y.png"), 2, 2, 3)
	assert.ErrorIs(t, err, context.Canceled)
	_, err = FindPairs(t.TempDir(), weights.A2B)
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.RemoveAll(path("testB")))
	require.NoError(t, os.Mkdir(path("testB"), 0o755))
	_, err = FindPairs(dir, weights.A2B)
	assert.ErrorIs(t, err, data.ErrNoPictures)
}

func TestPairsInLinkedFolders(t *testing.T) {
	real, dir := t.TempDir(), t.TempDir()
	require.NoError(t, picture.WritePNG(filepath.Join(real, "x.png"), image.NewGray(image.Rect(0, 0, 4, 4))))
	for _, set := range []string{"testA", "testB"} {
		require.NoError(t, os.Symlink(real, filepath.Join(dir, set)))
	}
	p, err := FindPairs(dir, weights.A2B)
	require.NoError(t, err)
	assert.Equal(t, []Input{{filepath.Join(dir, "testA", "x.png"), []string{filepath.Join(dir, "testB", "x.png")}, ""}}, p.Inputs)
}
