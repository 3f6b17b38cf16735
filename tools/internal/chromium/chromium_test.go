package chromium

import (
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
)

// wait bounds what should happen soon, on a machine that may be busy.
const wait = 30 * time.Second

// start opens a browser on a page of its own server.
func start(t *testing.T, opts Options) context.Context {
	t.Helper()
	needs.Browser(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<!doctype html><title>test</title><p style='background:#08f'>hello")
	}))
	t.Cleanup(srv.Close)
	ctx, closeAll, err := Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(closeAll)
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(srv.URL)))
	return ctx
}

// receive returns the next value of c, or fails when none comes.
func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(wait):
		require.FailNow(t, "nothing came in time")
		panic("unreachable")
	}
}

func TestPageHasWebGPUConsoleAndScreenshot(t *testing.T) {
	ctx := start(t, Options{Flags: []string{"--window-size=320,240"}})

	architecture, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`navigator.gpu.requestAdapter().then(a => a.info.architecture)`, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	assert.Equal(t, "swiftshader", architecture)

	messages := make(chan chromedp.ConsoleMessage, 2)
	OnConsole(ctx, func(m chromedp.ConsoleMessage) { messages <- m })
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](
		`console.log("tensor", 7); setTimeout(() => { throw new Error("thrown late") }); true`))
	require.NoError(t, err)
	assert.Equal(t, "tensor 7", receive(t, messages).Text)
	thrown := receive(t, messages)
	assert.True(t, thrown.IsException())
	assert.Contains(t, thrown.Text, "thrown late")

	path := filepath.Join(t.TempDir(), "shots", "page.png")
	require.NoError(t, Screenshot(ctx, path))
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	img, err := png.Decode(file)
	require.NoError(t, err)
	r, g, b, _ := img.At(200, 25).RGBA()
	assert.Equal(t, [3]uint32{0, 0x88, 0xff}, [3]uint32{r >> 8, g >> 8, b >> 8}, "colour of the page's paragraph")
}

// crashGPU is an experimental command that cdproto leaves out.
var crashGPU = cdp.Command[cdp.Empty, cdp.Empty]{Method: "Browser.crashGpuProcess"}

func TestLostIsReported(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		crash        cdp.Command[cdp.Empty, cdp.Empty]
		call         func(context.Context, cdp.Command[cdp.Empty, cdp.Empty], cdp.Empty) (cdp.Empty, error)
	}{
		{"page", "page's process crashed", page.Crash, chromedp.Call[cdp.Empty, cdp.Empty]},
		{"gpu", "GPU process died", crashGPU, chromedp.CallBrowser[cdp.Empty, cdp.Empty]},
	} {
		t.Run(c.name, func(t *testing.T) {
			lost := make(chan string, 1)
			ctx := start(t, Options{Lost: func(reason string) { lost <- reason }})
			ctx, cancel := context.WithTimeout(ctx, wait)
			defer cancel()
			go c.call(ctx, c.crash, cdp.Empty{}) // need not return
			assert.Contains(t, receive(t, lost), c.reason)
		})
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	needs.Browser(t)
	tmp, err := os.MkdirTemp("", "wm-") // shorter than t.TempDir, for Chromium's socket
	require.NoError(t, err)
	defer os.RemoveAll(tmp)
	t.Setenv("TMPDIR", tmp)
	ctx, closeAll, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	process := chromedp.FromContext(ctx).Browser.Process()
	entries, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.NotEmpty(t, entries, "the browser's files are not where this test looks for them")

	closeAll()
	closeAll()
	entries, err = os.ReadDir(tmp)
	require.NoError(t, err)
	assert.Empty(t, entries)
	assert.ErrorIs(t, process.Signal(os.Interrupt), os.ErrProcessDone)
	assert.Error(t, ctx.Err())
}

func TestFind(t *testing.T) {
	t.Setenv("CHROMIUM", "")
	t.Setenv("PATH", t.TempDir())
	_, err := Find()
	assert.ErrorContains(t, err, "make setup")
	_, _, err = Start(t.Context(), Options{})
	assert.ErrorContains(t, err, "make setup")

	own := filepath.Join(t.TempDir(), "my-chromium")
	t.Setenv("CHROMIUM", own)
	_, err = Find()
	assert.ErrorContains(t, err, "CHROMIUM="+own)
	require.NoError(t, os.WriteFile(own, []byte("#!/bin/sh\necho no libs here >&2\nexit 1\n"), 0o755))
	path, err := Find()
	require.NoError(t, err)
	assert.Equal(t, own, path)
	_, _, err = Start(t.Context(), Options{})
	assert.ErrorContains(t, err, "no libs here")
}
