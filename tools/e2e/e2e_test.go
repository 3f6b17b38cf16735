//go:build !race

// The tests drive a browser and compute pictures; the race detector would find nothing here that it does not find in runtime.

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// stage is what all scenes share: the built site, one browser, and the native translator that says what the page should show.
type stage struct {
	dir     string // of the site
	browser context.Context
	native  *native // of the smallest model, which most scenes take
	first   *native // of the model that the page begins with
}

// One test with its scenes as subtests, because a browser and a build are dear and have to be paid once only. Each scene has a
// server and a tab of its own, and with the server's port an origin, so that no scene finds what another has stored.
func TestPage(t *testing.T) {
	needs.Browser(t)
	s := &stage{dir: buildSite(t)}
	open := func(name string) *native {
		model, err := os.ReadFile(filepath.Join(s.dir, "models", name+".munit.safetensors"))
		require.NoError(t, err)
		return openNative(t, model, filepath.Join(s.dir, "samples", name))
	}
	s.native, s.first = open("avatars"), open("wares")
	browser, closeAll, err := chromium.Start(t.Context(), chromium.Options{
		Flags: []string{"--window-size=1280,900", "--force-device-scale-factor=1"},
		Lost:  func(reason string) { t.Errorf("browser: %s", reason) },
	})
	require.NoError(t, err)
	t.Cleanup(closeAll)
	s.browser = browser

	for _, device := range []string{"cpu", "gpu"} {
		t.Run("first visit, "+device, func(t *testing.T) { s.firstVisit(t, device) })
	}
	t.Run("drawing", s.drawing)
	t.Run("keyboard", s.keyboard)
	t.Run("styles", s.styles)
	t.Run("slider", s.slider)
	t.Run("style of a picture", s.styleOfPicture)
	t.Run("models", s.models)
	t.Run("kin", s.kin)
	t.Run("sheets", s.sheets)
	t.Run("large", s.large)
	t.Run("sharing", s.sharing)
	t.Run("device loss", s.deviceLoss)
	t.Run("later visits", s.laterVisits)
	t.Run("kept", s.kept)
	t.Run("words agree", s.wordsAgree)
	t.Run("service workers", s.serviceWorkers)
	t.Run("no WebGPU", s.noWebGPU)
	t.Run("missing model", s.missingModel)
	t.Run("looks", s.looks)
	t.Run("phone", s.phone)
	t.Run("filling", s.filling)
	t.Run("other browsers", s.otherBrowsers)
}

// buildSite makes the site as it is published.
func buildSite(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dist")
	build, err := gotool.Native(t.Context(), "../..", "run", "./tools/build", "--out", dir)
	require.NoError(t, err)
	build.Stderr = os.Stderr
	require.NoError(t, build.Run(), "building the site")
	return dir
}
