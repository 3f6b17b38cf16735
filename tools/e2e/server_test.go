//go:build !race

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/serve"
)

// base is where on its host the site lies: not at the root, as on most static hosts.
const base = "/some/where/"

const modelFile = "models/avatars.munit.safetensors"

// host is a static host of the site, with the mishaps that scenes ask for.
type host struct {
	url      string
	models   atomic.Int32      // how many requests for the model there were
	gate     chan struct{}     // when set, only half of the model comes before it is closed
	gone     atomic.Bool       // the model is not found
	inWorker string            // runs in workers before their own script
	files    map[string][]byte // has them in the place of the site's, by their path
	server   *httptest.Server
}

// open starts a host of the site; set changes it before it serves.
func (s *stage) open(t *testing.T, set func(*host)) *host {
	t.Helper()
	root, err := os.OpenRoot(s.dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	h := &host{}
	if set != nil {
		set(h)
	}
	site := serve.Handler(root.FS())
	model := func(w http.ResponseWriter, r *http.Request) {
		h.models.Add(1)
		if h.gone.Load() {
			http.NotFound(w, r)
			return
		}
		if h.gate != nil {
			w = &gated{ResponseWriter: w, gate: h.gate, free: s.native.modelSize / 2, gone: r.Context().Done()}
		}
		site.ServeHTTP(w, r)
	}
	worker := func(w http.ResponseWriter, r *http.Request) {
		if h.inWorker == "" {
			site.ServeHTTP(w, r)
			return
		}
		script, err := os.ReadFile(filepath.Join(s.dir, "munit-worker.js"))
		if err != nil {
			panic(err) // the test's own site has lost a file
		}
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		fmt.Fprintf(w, "%s\n%s", h.inWorker, script)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/"+modelFile, model)
	mux.HandleFunc("/munit-worker.js", worker)
	for path, data := range h.files {
		mux.HandleFunc("/"+path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, path, time.Time{}, bytes.NewReader(data))
		})
	}
	mux.Handle("/", site)
	h.server = httptest.NewServer(http.StripPrefix(strings.TrimSuffix(base, "/"), mux))
	t.Cleanup(h.stop)
	h.url = h.server.URL + base
	return h
}

// stop ends the host: nothing answers at its address any more.
func (h *host) stop() {
	h.server.CloseClientConnections()
	h.server.Close()
}

// gated lets some bytes of a body through, and the rest when its gate is closed.
type gated struct {
	http.ResponseWriter
	gate <-chan struct{}
	gone <-chan struct{} // closed when nobody reads any more
	free int
}

func (g *gated) Write(p []byte) (int, error) {
	if g.free -= len(p); g.free < 0 {
		g.ResponseWriter.(http.Flusher).Flush()
		select {
		case <-g.gate:
		case <-g.gone:
		}
	}
	return g.ResponseWriter.Write(p)
}
