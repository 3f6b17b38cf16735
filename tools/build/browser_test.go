package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/serve"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// patience bounds a script in the page: a software GPU compiles its shaders for a while, on a machine that may be busy.
const patience = 3 * time.Minute

// seed of the styles that tests draw.
const seed = 7

// tiny is a model small enough for a software GPU, with everything in it that a model has.
func tiny(t *testing.T) []byte {
	t.Helper()
	m := formula.Model(weights.Config{
		Gen:       weights.Gen{Dim: 4, MLPDim: 8, StyleDim: 3, Activ: "relu", NDownsample: 1, NRes: 1, PadType: "reflect"},
		InputDimA: 3, InputDimB: 3, NewSize: 16,
	}, "browser", "", "")
	m.License, m.Source = "none", "a formula"
	var file bytes.Buffer
	_, err := m.WriteTo(&file)
	require.NoError(t, err)
	return file.Bytes()
}

// testPicture is what the scripts' picture(w, h) makes: noise with alpha.
func testPicture(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = byte(i*i%251 + 5*i)
	}
	return img
}

const prelude = `
const { load, interpolate, latest, listModels, MunitError } = await import("/some/path/munit.js");
const picture = (w, h) => new ImageData(Uint8ClampedArray.from({ length: 4 * w * h }, (_, i) => (i * i % 251 + 5 * i) & 255), w, h);
const numbers = (image) => ({ w: image.width, h: image.height, pixels: Array.from(image.data) });
const codeOf = (promise) => promise.then(() => "no error", (e) => (e instanceof MunitError ? e.code : "not a MunitError: " + e));
const kept = async () => (await (await caches.open("munit-models-1")).keys()).length;
const untilKept = async () => { while (!(await kept())) await new Promise((r) => setTimeout(r, 5)); }; // a model is stored behind the visitor's back
`

// browser is a Chromium with a blank page, and a server: the site at /some/path/, and what tests put elsewhere.
type browser struct {
	ctx     context.Context
	url     string
	mux     *http.ServeMux
	offline atomic.Bool // the server drops all connections
}

func open(t *testing.T, flags ...string) *browser {
	t.Helper()
	needs.Browser(t)
	b := &browser{mux: http.NewServeMux()}
	root, err := os.OpenRoot(siteDir(t))
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	b.mux.Handle("/some/path/", http.StripPrefix("/some/path", serve.Handler(root.FS())))
	b.bytes("/{$}", "text/html", []byte("<!doctype html><title>test</title>"))
	b.bytes("/favicon.ico", "image/png", nil)
	b.bytes("/tiny.munit.safetensors", "application/octet-stream", tiny(t))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.offline.Load() {
			panic(http.ErrAbortHandler)
		}
		b.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL

	ctx, closeAll, err := chromium.Start(t.Context(), chromium.Options{Flags: flags})
	require.NoError(t, err)
	t.Cleanup(closeAll)
	chromium.OnConsole(ctx, func(m chromedp.ConsoleMessage) { t.Logf("console: %s", m.Text) })
	b.ctx = ctx
	b.visit(t, "/")
	return b
}

func (b *browser) visit(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Navigate(b.url+path)))
}

// bytes serves data with its length.
func (b *browser) bytes(path, mime string, data []byte) {
	b.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mime)
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data)
	})
}

// do runs the body of an async function, after the prelude, in the page and decodes what it returns.
func do[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	return evaluate[T](t, b, prelude+script)
}

// evaluate does so without the prelude.
func evaluate[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T]("(async () => {"+script+"})()", chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	return value
}

// pixels is a picture as scripts return it.
type pixels struct {
	W, H   int
	Pixels []int
}

// requireSame holds a picture of the browser against a native one: within 2 levels everywhere.
func requireSame(t *testing.T, want *image.NRGBA, got pixels) {
	t.Helper()
	require.Equal(t, want.Rect.Size(), image.Pt(got.W, got.H))
	require.Len(t, got.Pixels, len(want.Pix))
	for i, v := range want.Pix {
		require.InDelta(t, v, got.Pixels[i], 2, "byte %d", i)
	}
}

// native translates as the page should.
func native(t *testing.T, model []byte) *runtime.Translator {
	t.Helper()
	m, err := weights.Parse(model)
	require.NoError(t, err)
	tr, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	t.Cleanup(func() { tr.Close() })
	return tr
}

// expected is the test picture of 24×20 in style number index of the tiny model.
func expected(t *testing.T, index int) *image.NRGBA {
	t.Helper()
	tr := native(t, tiny(t))
	img := runtime.Fit(testPicture(24, 20), runtime.DefaultSize(tr.Model().Config, weights.A2B))
	out, err := tr.Translate(t.Context(), img, weights.A2B, tr.RandomStyle(seed, index))
	require.NoError(t, err)
	return out
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// quoted makes JSON of v for a script.
func quoted(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "</", `<\/`)
}
