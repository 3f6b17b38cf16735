package serve_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/serve"
)

// site writes files into a folder and serves it; the folder beside it holds a secret.
func site(t *testing.T, files map[string]string) string {
	t.Helper()
	top := t.TempDir()
	dir := filepath.Join(top, "site")
	require.NoError(t, os.WriteFile(filepath.Join(top, "secret.txt"), []byte("secret"), 0o644))
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	require.NoError(t, os.Symlink(filepath.Join(top, "secret.txt"), filepath.Join(dir, "link.txt")))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	server := httptest.NewServer(serve.Handler(root.FS()))
	t.Cleanup(server.Close)
	return server.URL
}

// get sends a request with a path as it stands and headers in pairs.
func get(t *testing.T, method, url, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	r.URL.Opaque = path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp, string(body)
}

var files = map[string]string{
	"index.html":                 "<!doctype html>",
	"munit.wasm":                 "\x00asm plain",
	"munit.wasm.br":              "brotli",
	"munit.wasm.gz":              "gzip",
	"page-3FA9C2D7.js":           "export {}",
	"module.mjs":                 "export {}",
	"app.webmanifest":            "{}",
	"avatars.munit.safetensors":  "0123456789",
	"avatars-LICENSES.txt":       "text",
	"report-20260101.txt":        "text",
	"munit.0f3a9c2d71ab55e0.js":  "export {}",
	"samples/index.html":         "samples",
	"empty/note.txt":             "note",
	".git/config":                "hidden",
	"weird.unknownextension":     "?",
	"space in name/index.html":   "space",
	"service-worker.js":          "self",
	"munit.0f3a9c2d71ab55e0.css": "a{}",
}

func TestTypesAndHeaders(t *testing.T) {
	url := site(t, files)
	for path, want := range map[string]string{
		"/":                          "text/html; charset=utf-8",
		"/munit.wasm":                "application/wasm",
		"/module.mjs":                "text/javascript; charset=utf-8",
		"/page-3FA9C2D7.js":          "text/javascript; charset=utf-8",
		"/app.webmanifest":           "application/manifest+json",
		"/avatars.munit.safetensors": "application/octet-stream",
		"/weird.unknownextension":    "application/octet-stream",
	} {
		resp, body := get(t, "GET", url, path)
		assert.Equal(t, 200, resp.StatusCode, path)
		assert.Equal(t, want, resp.Header.Get("Content-Type"), path)
		assert.Equal(t, "same-origin", resp.Header.Get("Cross-Origin-Opener-Policy"), path)
		assert.Equal(t, "require-corp", resp.Header.Get("Cross-Origin-Embedder-Policy"), path)
		assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"), path)
		if path != "/" {
			assert.Equal(t, files[path[1:]], body, path)
		}
	}
}

func TestCompressedFormsAreNegotiated(t *testing.T) {
	url := site(t, files)
	for accept, want := range map[string]struct{ coding, body string }{
		"gzip, deflate, br, zstd": {"br", "brotli"},
		"gzip":                    {"gzip", "gzip"},
		"br;q=0, gzip;q=0.5":      {"gzip", "gzip"},
		"*":                       {"br", "brotli"},
		"*, br;q=0":               {"gzip", "gzip"},
		"*;q=0":                   {"", files["munit.wasm"]},
		"identity":                {"", files["munit.wasm"]},
		"br;q=nonsense":           {"", files["munit.wasm"]},
		"":                        {"", files["munit.wasm"]},
	} {
		resp, body := get(t, "GET", url, "/munit.wasm", "Accept-Encoding", accept)
		assert.Equal(t, want.coding, resp.Header.Get("Content-Encoding"), accept)
		assert.Equal(t, want.body, body, accept)
		assert.Equal(t, "Accept-Encoding", resp.Header.Get("Vary"), accept)
		assert.Equal(t, "application/wasm", resp.Header.Get("Content-Type"), accept)
		assert.EqualValues(t, len(want.body), resp.ContentLength, accept)
	}
	resp, _ := get(t, "GET", url, "/module.mjs", "Accept-Encoding", "br")
	assert.Empty(t, resp.Header.Get("Content-Encoding"))
	assert.Empty(t, resp.Header.Get("Vary"))
}

func TestCaching(t *testing.T) {
	url := site(t, files)
	for path, immutable := range map[string]bool{
		"/page-3FA9C2D7.js": true, "/munit.0f3a9c2d71ab55e0.js": true, "/munit.0f3a9c2d71ab55e0.css": true,
		"/": false, "/samples/": false, "/munit.wasm": false, "/service-worker.js": false, "/avatars-LICENSES.txt": false, "/report-20260101.txt": false,
	} {
		resp, _ := get(t, "GET", url, path)
		want := "no-cache"
		if immutable {
			want = "public, max-age=31536000, immutable"
		}
		assert.Equal(t, want, resp.Header.Get("Cache-Control"), path)
	}
	plain, _ := get(t, "GET", url, "/munit.wasm")
	packed, _ := get(t, "GET", url, "/munit.wasm", "Accept-Encoding", "br")
	assert.NotEqual(t, plain.Header.Get("ETag"), packed.Header.Get("ETag"))
	again, body := get(t, "GET", url, "/munit.wasm", "Accept-Encoding", "br", "If-None-Match", packed.Header.Get("ETag"))
	assert.Equal(t, http.StatusNotModified, again.StatusCode)
	assert.Empty(t, body)
	changed, _ := get(t, "GET", url, "/munit.wasm", "If-None-Match", packed.Header.Get("ETag"))
	assert.Equal(t, 200, changed.StatusCode)
}

// TestAnswersWithoutTheFile have no length of it: neither where it has not changed, nor where it should not have.
func TestAnswersWithoutTheFile(t *testing.T) {
	url := site(t, files)
	for _, coding := range []string{"br", "identity"} {
		plain, _ := get(t, "GET", url, "/munit.wasm", "Accept-Encoding", coding)
		for status, headers := range map[int][]string{
			http.StatusPreconditionFailed: {"If-Match", `"another"`},
			http.StatusNotModified:        {"If-None-Match", plain.Header.Get("ETag")},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				resp, body := get(t, method, url, "/munit.wasm", append(headers, "Accept-Encoding", coding)...)
				assert.Equal(t, status, resp.StatusCode, coding)
				assert.Empty(t, body)
				assert.LessOrEqual(t, resp.ContentLength, int64(0), "%s, %d", coding, status)
				assert.Contains(t, []string{"", "0"}, resp.Header.Get("Content-Length"), "%s, %d", coding, status)
			}
		}
		resp, _ := get(t, "GET", url, "/munit.wasm", "If-Match", plain.Header.Get("ETag"), "Accept-Encoding", coding)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	}
}

func TestRanges(t *testing.T) {
	url := site(t, files)
	resp, body := get(t, "GET", url, "/avatars.munit.safetensors", "Range", "bytes=2-5")
	assert.Equal(t, http.StatusPartialContent, resp.StatusCode)
	assert.Equal(t, "2345", body)
	resp, body = get(t, "GET", url, "/munit.wasm", "Range", "bytes=1-3", "Accept-Encoding", "br")
	assert.Equal(t, "asm", body)
	assert.Empty(t, resp.Header.Get("Content-Encoding"))
	resp, _ = get(t, "GET", url, "/munit.wasm", "Range", "bytes=900-")
	assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, resp.StatusCode)
}

func TestFoldersAndEscapes(t *testing.T) {
	url := site(t, files)
	resp, _ := get(t, "GET", url, "/samples")
	assert.Equal(t, http.StatusMovedPermanently, resp.StatusCode)
	assert.Equal(t, "samples/", resp.Header.Get("Location"))
	resp, _ = get(t, "GET", url, "/space%20in%20name?x=1")
	assert.Equal(t, "space%20in%20name/?x=1", resp.Header.Get("Location"))
	_, body := get(t, "GET", url, "/samples/")
	assert.Equal(t, "samples", body)
	_, body = get(t, "GET", url, "/space%20in%20name/")
	assert.Equal(t, "space", body)
	for _, path := range []string{
		"/empty/", "/empty", "/nothing", "/munit.wasm/", "/munit.wasm/x", "/link.txt", "/.git/config", "/samples/../.git/config",
		"/../secret.txt", "/%2e%2e/secret.txt", "/samples/..%2f..%2fsecret.txt", "/..%5csecret.txt", "/a%00b", "//../secret.txt",
	} {
		resp, body := get(t, "GET", url, path)
		assert.Equal(t, 404, resp.StatusCode, path)
		assert.NotContains(t, body, "secret\n", path)
	}
	resp, _ = get(t, "POST", url, "/")
	assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	resp, body = get(t, "HEAD", url, "/munit.wasm", "Accept-Encoding", "gzip")
	assert.Equal(t, 200, resp.StatusCode)
	assert.EqualValues(t, len("gzip"), resp.ContentLength)
	assert.Empty(t, body)
}
