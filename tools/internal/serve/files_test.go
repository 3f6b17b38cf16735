//go:build unix

package serve_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/serve"
)

// TestOnlyFilesAreServed: what is in the folder and is no file, by itself or in a file's compressed form, is not there, and nobody waits for it.
func TestOnlyFilesAreServed(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"pipe.js", "module.js.br", "sub/index.html", "sub/socket"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if filepath.Base(name) == "socket" {
			listener, err := net.Listen("unix", path)
			require.NoError(t, err)
			defer listener.Close()
			continue
		}
		require.NoError(t, syscall.Mkfifo(path, 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "module.js"), []byte("export {}"), 0o644))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	server := httptest.NewServer(serve.Handler(root.FS()))
	t.Cleanup(func() { go server.Close() }) // which waits for answers, and so would for ever if a pipe had been opened
	client := http.Client{Timeout: 5 * time.Second}
	for path, want := range map[string]int{"/pipe.js": 404, "/module.js.br": 404, "/sub/": 404, "/sub/socket": 404, "/module.js": 200} {
		r, err := http.NewRequest("GET", server.URL+path, nil)
		require.NoError(t, err)
		r.Header.Set("Accept-Encoding", "br")
		resp, err := client.Do(r)
		require.NoError(t, err, path)
		resp.Body.Close()
		assert.Equal(t, want, resp.StatusCode, path)
		assert.Empty(t, resp.Header.Get("Content-Encoding"))
	}
}
