//go:build !race

// The tests drive other programs; the race detector would find nothing here that it does not find in runtime.

package bundlers

import (
	"context"
	"embed"
	"image"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/npm"
	"github.com/webmunit/webmunit/tools/internal/serve"
	"github.com/webmunit/webmunit/weights"
)

// patience bounds one step of a bundler or a browser, on a machine that may be busy.
const patience = 4 * time.Minute

//go:embed all:testdata
var testdata embed.FS

// app is the app of testdata with the packages of one set, ours among them.
type app struct{ dir string }

// The quickest of the bundlers stands for all of them where time is short.
func TestVite(t *testing.T) {
	a := install(t, "quick")
	a.run(t, "vite/bin/vite.js", "build", "--outDir", "out", "--logLevel", "warn")
	requireTranslation(t, a.host(t, "out"))
}

// install packs the built site as npm would, and unpacks it where an app has its packages.
func install(t *testing.T, set string) app {
	t.Helper()
	needs.Browser(t)
	files, err := fs.Sub(testdata, "testdata/"+set)
	require.NoError(t, err)
	modules, err := npm.Cached(t.Context(), "bundlers-"+set, files, os.Stderr)
	require.NoError(t, err)
	a := app{t.TempDir()}
	source, err := fs.Sub(testdata, "testdata/app")
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(a.dir, source))

	site := filepath.Join(t.TempDir(), "dist")
	build, err := gotool.Native(t.Context(), "../..", "run", "./tools/build", "--out", site)
	require.NoError(t, err)
	said, err := build.CombinedOutput()
	require.NoError(t, err, "%s", said)
	command(t, site, "npm", "pack", "--loglevel", "error", "--pack-destination", a.dir)
	packed, err := filepath.Glob(filepath.Join(a.dir, "webmunit-*.tgz"))
	require.NoError(t, err)
	require.Len(t, packed, 1)
	// Copies, because bundlers follow links and look for packages where these lead.
	require.NoError(t, os.CopyFS(filepath.Join(a.dir, "node_modules"), os.DirFS(modules)))
	command(t, a.dir, "tar", "xzf", packed[0])
	require.NoError(t, os.Rename(filepath.Join(a.dir, "package"), filepath.Join(a.dir, "node_modules", "webmunit")))
	return a
}

// run runs a program of the app's packages to its end.
func (a app) run(t *testing.T, script string, args ...string) {
	t.Helper()
	command(t, a.dir, "node", append([]string{filepath.Join("node_modules", script)}, args...)...)
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, environment()
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), said)
}

func environment() []string { return append(os.Environ(), "NEXT_TELEMETRY_DISABLED=1") }

// host serves a folder of the app as any static host does.
func (a app) host(t *testing.T, folder string) (url string) {
	t.Helper()
	root, err := os.OpenRoot(filepath.Join(a.dir, folder))
	require.NoError(t, err)
	server := httptest.NewServer(serve.Handler(root.FS()))
	t.Cleanup(func() {
		server.Close()
		root.Close()
	})
	return server.URL
}

// requireTranslation visits the app and holds its picture against a native one.
func requireTranslation(t *testing.T, url string) {
	t.Helper()
	ctx, closeAll, err := chromium.Start(t.Context(), chromium.Options{})
	require.NoError(t, err)
	defer closeAll()
	chromium.OnConsole(ctx, func(m chromedp.ConsoleMessage) { t.Logf("console: %s", m.Text) })
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(url)))
	type outcome struct {
		Pixels []int
		Error  string
	}
	// A development server may reload the page, which ends what waits in it.
	var got outcome
	for got.Pixels == nil && got.Error == "" {
		require.NoError(t, ctx.Err(), "no outcome")
		got, err = chromedp.Run(ctx, chromedp.Evaluate[outcome](`globalThis.outcome ?? {}`))
		if err != nil {
			t.Log(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	require.Empty(t, got.Error)
	want := expected(t)
	require.Len(t, got.Pixels, len(want.Pix))
	for i, v := range want.Pix {
		require.InDelta(t, v, got.Pixels[i], 2, "byte %d", i)
	}
}

// expected is what main.js of the app should get.
func expected(t *testing.T) *image.NRGBA {
	t.Helper()
	m, err := weights.Open("../../weights/avatars.munit.safetensors")
	require.NoError(t, err)
	tr, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	defer tr.Close()
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i % 251)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	picture, err := tr.Translate(t.Context(), runtime.Fit(img, runtime.DefaultSize(m.Config, weights.A2B)), weights.A2B, tr.RandomStyle(7, 0))
	require.NoError(t, err)
	return picture
}
