//go:build !js

package runtime_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
)

func TestFileStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := runtime.FileStore{Dir: dir}
	data, err := s.Load("key")
	require.NoError(t, err)
	assert.Nil(t, data, "nothing is there")
	require.NoError(t, s.Save("key", []byte("one")))
	require.NoError(t, s.Save("other", []byte("two")))
	require.NoError(t, s.Save("key", []byte("333")))
	data, err = s.Load("key")
	require.NoError(t, err)
	assert.Equal(t, "333", string(data))

	var wg sync.WaitGroup
	for i := range 8 {
		text := strings.Repeat(string(rune('a'+i)), 10000)
		wg.Go(func() { assert.NoError(t, s.Save("key", []byte(text))) })
		wg.Go(func() {
			data, err := s.Load("key")
			assert.NoError(t, err)
			assert.Equal(t, len(data), strings.Count(string(data), string(data[:1])), "whole, whoever wrote last")
		})
	}
	wg.Wait()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, files, 2, "no temporary file is left")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	assert.Error(t, runtime.FileStore{Dir: filepath.Join(dir, "file")}.Save("key", nil), "a directory that cannot be made")
}
