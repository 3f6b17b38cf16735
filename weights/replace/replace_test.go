package replace

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFileIsWholeOrUntouched(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	put := func(text string, err error) error {
		return File(path, func(w io.Writer) error {
			_, _ = io.WriteString(w, text)
			return err
		})
	}
	require.NoError(t, put("old", nil))
	full := errors.New("the disk is full")
	err := put("ne", full)
	assert.ErrorIs(t, err, full)
	assert.ErrorContains(t, err, path)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(got))
	require.NoError(t, put("new", nil))
	got, err = os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "new", string(got))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing else is left behind")
	one := func(name, text string, err error) One {
		return One{filepath.Join(dir, name), func(w io.Writer) error {
			_, _ = io.WriteString(w, text)
			return err
		}}
	}
	err = All(one("f", "newer", nil), one("g", "newer", full))
	assert.ErrorIs(t, err, full)
	assert.ErrorContains(t, err, filepath.Join(dir, "g"))
	got, err = os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "new", string(got), "where one fails, none is touched")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "d", "e"), 0o755))
	require.ErrorContains(t, All(one("f", "newer", nil), one("d", "newer", nil)), "is a directory")
	require.FileExists(t, path)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "d")))
	require.NoError(t, All(one("f", "newer", nil), one("g", "newer", nil)))
	left, err = os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 2)
	assert.Error(t, File(filepath.Join(dir, "no", "such"), func(io.Writer) error { return nil }))
}

// TestSweepsBesideWriters: a program that sweeps takes away nothing that another is just beginning to write.
func TestSweepsBesideWriters(t *testing.T) {
	dir := t.TempDir()
	var writers, sweeper sync.WaitGroup
	done := make(chan struct{})
	sweeper.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				Sweep(dir)
			}
		}
	})
	for i := range 4 {
		writers.Go(func() {
			for range 50 {
				assert.NoError(t, File(filepath.Join(dir, strconv.Itoa(i)), func(io.Writer) error { return nil }))
			}
		})
	}
	writers.Wait()
	close(done)
	sweeper.Wait()
}
