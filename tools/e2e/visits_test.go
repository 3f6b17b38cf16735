//go:build !race

package e2e

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/tools/internal/ran"
)

// A newcomer sees the model arrive, then a drawing in many styles, and what computed them.
func (s *stage) firstVisit(t *testing.T, device string) {
	with := ran.Test(t, "chromium-"+device)
	gate := make(chan struct{})
	h := s.open(t, func(h *host) { h.gate = gate })
	v := s.visit(t, h.url+"?seed=7&sample=3&styles=6&model=avatars&device="+device, `Object.defineProperty(navigator, "hardwareConcurrency", { get: () => 4 })`)

	half := js("progress") + ".value > 0.3 && " + js("progress") + ".value < 0.7"
	v.await(half)
	assert.Equal(t, "loading", v.state())
	assert.Regexp(t, `^Downloading the model: \d{3} kB of 1\.\d MB$`, v.words("status"))
	close(gate)

	v.ready()
	with(browserOf(get[string](v, `navigator.userAgent`)))
	if device == "gpu" {
		assert.Contains(t, v.words("status"), "On the GPU")
		assert.Contains(t, v.words("status"), "emulated by the CPU", "a software GPU is called one")
	} else {
		assert.Contains(t, v.words("status"), "On the CPU")
	}
	assert.NotContains(t, v.words("status"), "cache")
	assert.EqualValues(t, 1, h.models.Load())
	require.Equal(t, 6, v.count(".tray .cell"))
	for i := range 6 {
		want := s.native.paint(t, s.native.samples[sample], s.native.RandomStyle(seed, i))
		v.same(want, v.style(i), fmt.Sprintf("style %d", i))
		if i == 0 {
			v.same(want, v.result(), "the big picture")
			v.same(want, v.download(), "the downloaded picture")
		}
	}
	if device == "cpu" { // where two threads compute, half of the cores that it seems to have
		for range 20 {
			if strings.Contains(v.words("status"), " threads") {
				break
			}
			time.Sleep(200 * time.Millisecond)
			v.click("more")
			v.ready()
		}
		assert.Contains(t, v.words("status"), " 2 threads")
		assert.Empty(t, v.words("note"), "threads that join are no lost device")
	}
}

// download presses the button and reads the file.
func (v *visit) download() *image.NRGBA {
	v.Helper()
	dir := v.TempDir()
	_, err := chromedp.CallBrowser(v.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
	})
	require.NoError(v, err)
	v.click("download")
	path := filepath.Join(dir, fmt.Sprintf("avatar-seed%d-128px.png", seed))
	require.Eventually(v, func() bool {
		_, err := os.Stat(path)
		return err == nil
	}, patience, pause, "the file has another name, or never came")
	return runtime.Fit(readPicture(v.T, path), 0)
}

// Who comes again downloads nothing, and needs no network.
func (s *stage) laterVisits(t *testing.T) {
	h := s.open(t, nil)
	v := s.visit(t, h.url+settings+"&device=cpu", "")
	v.ready()
	get[bool](v, `navigator.serviceWorker.ready.then(() => true)`)
	want := s.native.paint(t, s.native.samples[sample], s.native.RandomStyle(seed, 0))

	v.do(chromedp.Reload())
	v.ready()
	assert.Contains(t, v.words("status"), "model from this browser’s cache")
	assert.EqualValues(t, 1, h.models.Load(), "requests for the model")
	v.same(want, v.result(), "the second visit")

	h.stop()
	v.do(chromedp.Reload())
	v.ready()
	v.same(want, v.result(), "offline")
	v.click("sample-5")
	v.ready()
	v.same(s.native.paint(t, s.native.samples[5], s.native.RandomStyle(seed, 0)), v.result(), "another drawing, offline")
}
