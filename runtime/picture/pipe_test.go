//go:build unix

package picture_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
)

// TestPipesAreNoPictures: opening one for reading would wait for ever.
func TestPipesAreNoPictures(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.png")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	_, err := picture.Open(pipe)
	assert.ErrorIs(t, err, picture.ErrNotPicture)
}
