package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/serve"
)

// needed is the policy that site/npm/README.md names, for a module and a model on another origin.
const needed = "default-src 'none'; script-src OTHER 'wasm-unsafe-eval'; worker-src blob: OTHER; connect-src OTHER; " +
	"require-trusted-types-for 'script'; trusted-types webmunit"

// elsewhere serves the site from another origin, as munit serve does, less what mishap does to an answer.
func elsewhere(t *testing.T, mishap func(w http.ResponseWriter, r *http.Request) (next http.ResponseWriter)) string {
	t.Helper()
	root, err := os.OpenRoot(siteDir(t))
	require.NoError(t, err)
	site := serve.Handler(root.FS())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mishap != nil {
			w = mishap(w, r)
		}
		site.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		root.Close()
	})
	return server.URL
}

// A page of another origin can use all of it, under the strictest policy that lets it.
func TestFromAnotherOrigin(t *testing.T) {
	b := open(t)
	b.pageWithPolicy()
	other := elsewhere(t, nil)
	for _, csp := range []string{"", strings.ReplaceAll(needed, "OTHER", other)} {
		b.visit(t, "/policy?csp="+url.QueryEscape(csp))
		assert.Equal(t, "64 wide", b.translateFrom(t, other), csp)
	}
}

// What a policy, a host or a type forbids is named, not put down to the network.
func TestForbiddenIsNamed(t *testing.T) {
	b := open(t)
	b.pageWithPolicy()
	other := elsewhere(t, nil)
	policy := strings.ReplaceAll(needed, "OTHER", other)
	for name, c := range map[string]struct {
		csp, code string
		words     []string
	}{
		"wasm":    {strings.Replace(policy, " 'wasm-unsafe-eval'", "", 1), "worker", []string{"Content-Security-Policy", "'wasm-unsafe-eval'"}},
		"worker":  {strings.Replace(policy, "worker-src blob: "+other, "worker-src 'none'", 1), "worker", []string{"Content-Security-Policy", "worker-src", "blob:"}},
		"connect": {strings.Replace(policy, "connect-src "+other, "connect-src 'none'", 1), "model-http", []string{"Content-Security-Policy", "connect-src", other}},
		"types":   {strings.Replace(policy, "trusted-types webmunit", "trusted-types 'none'", 1), "worker", []string{"Trusted Types", "trusted-types webmunit"}},
	} {
		t.Run(name, func(t *testing.T) {
			b.visit(t, "/policy?csp="+url.QueryEscape(c.csp))
			said := b.translateFrom(t, other)
			assert.True(t, strings.HasPrefix(said, c.code+": "), said)
			for _, words := range c.words {
				assert.Contains(t, said, words)
			}
		})
	}
	for name, c := range map[string]struct {
		path, header, value string
		code                string
		words               []string
	}{
		"model's CORS":  {".safetensors", "Access-Control-Allow-Origin", "", "model-http", []string{"CORS", "Access-Control-Allow-Origin"}},
		"wasm's CORS":   {".wasm", "Access-Control-Allow-Origin", "", "worker", []string{"CORS", "munit.wasm"}},
		"worker's CORS": {"munit-worker.js", "Access-Control-Allow-Origin", "", "worker", []string{"CORS", "munit-worker.js"}},
		"worker's type": {"munit-worker.js", "Content-Type", "text/plain", "worker", []string{"MIME", "text/plain", "text/javascript"}},
		"wasm's page":   {".wasm", "Content-Type", "text/html", "worker", []string{"web page", "munit.wasm"}},
	} {
		t.Run(name, func(t *testing.T) {
			host := elsewhere(t, func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
				if !strings.HasSuffix(r.URL.Path, c.path) {
					return w
				}
				return &changed{w, c.header, c.value}
			})
			b.visit(t, "/policy?csp=")
			said := b.translateFrom(t, host)
			assert.True(t, strings.HasPrefix(said, c.code+": "), said)
			for _, words := range c.words {
				assert.Contains(t, said, words)
			}
		})
	}
	b.visit(t, "/policy?csp=")
	host := elsewhere(t, nil)
	said := do[string](t, b, `return load({ model: "`+host+`/models/avatars.munit.safetensors", worker: "`+host+`/missing.js" }).then(() => "", (e) => e.code + ": " + e.message);`)
	assert.Contains(t, said, host+"/missing.js could not be started: check the network and the address")
	said = do[string](t, b, `return load({ model: "/tiny.munit.safetensors", worker: "/missing.js" }).then(() => "", (e) => e.code + ": " + e.message);`)
	assert.Contains(t, said, "404")
}

// changed answers with another header, or without it.
type changed struct {
	http.ResponseWriter
	header, value string
}

func (c *changed) WriteHeader(status int) {
	c.Header().Del(c.header)
	if c.value != "" {
		c.Header().Set(c.header, c.value)
	}
	c.ResponseWriter.WriteHeader(status)
}

// pageWithPolicy has at /policy an empty page with the Content-Security-Policy that its address says.
func (b *browser) pageWithPolicy() {
	b.mux.HandleFunc("/policy", func(w http.ResponseWriter, r *http.Request) {
		if csp := r.URL.Query().Get("csp"); csp != "" {
			w.Header().Set("Content-Security-Policy", csp)
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!doctype html><title>policy</title>"))
	})
}

// translateFrom translates a picture with all that comes from a host, and tells how wide the result is, or what went wrong.
func (b *browser) translateFrom(t *testing.T, host string) string {
	t.Helper()
	return evaluate[string](t, b, `
		const { load } = await import("`+host+`/munit.js");
		try {
			const m = await load({ model: "`+host+`/models/avatars.munit.safetensors", device: "cpu" });
			const { width } = await m.translate(new ImageData(64, 64), { seed: 7 });
			m.dispose();
			return width + " wide";
		} catch (e) {
			return e.code + ": " + e.message;
		}`)
}

// TestNoSIMD: where the engine has no vectors, a sentence says which have, before anything is fetched.
func TestNoSIMD(t *testing.T) {
	b := open(t, "--js-flags=--no-enable-ssse3,--no-enable-sse4-1")
	require.False(t, evaluate[bool](t, b, `return WebAssembly.validate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11))`),
		"this Chromium cannot be started without SIMD")
	said := do[string](t, b, `return load({ model: "/tiny.munit.safetensors", device: "cpu" }).then(() => "", (e) => e.code + ": " + e.message);`)
	assert.Contains(t, said, "worker: This browser's WebAssembly has no SIMD: Chrome and Edge have it since 91")
}
