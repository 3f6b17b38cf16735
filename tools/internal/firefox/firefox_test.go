package firefox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
)

func TestOpensAPageAndLeavesNothing(t *testing.T) {
	needs.Browser(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	visited := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case visited <- r.URL.Path:
		default:
		}
	}))
	defer srv.Close()
	b, err := Start(t.Context(), Options{URL: srv.URL + "/page"})
	require.NoError(t, err)
	select {
	case path := <-visited:
		assert.Equal(t, "/page", path)
	case <-time.After(time.Minute):
		require.Fail(t, "no page was asked for", b.LastWords())
	}
	b.Close()
	b.Close()
	select {
	case <-b.Done():
	default:
		assert.Fail(t, "it still runs")
	}
	entries, err := os.ReadDir(tmp)
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestABrowserThatDies(t *testing.T) {
	needs.Browser(t)
	own := filepath.Join(t.TempDir(), "my-firefox")
	t.Setenv("FIREFOX", own)
	_, err := Find()
	assert.ErrorContains(t, err, "FIREFOX="+own)
	require.NoError(t, os.WriteFile(own, []byte("#!/bin/sh\necho no libs here >&2\nexit 1\n"), 0o755))
	b, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = b.File(ctx, "MarionetteActivePort")
	assert.ErrorContains(t, err, "the browser died: no libs here")
}
