//go:build !race

package e2e

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/chromium"
)

// screenshots is where people find the pictures of the page after a test.
const screenshots = "../../out/screenshots"

// The page is light or dark as the visitor likes it, and fits a small telephone.
func (s *stage) looks(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+"?device=cpu&styles=3", "")
	v.ready()
	light := v.shoot("light", "light")
	dark := v.shoot("dark", "dark")
	assert.Greater(t, light, 160, "how light the light page is")
	assert.Less(t, dark, 96, "how light the dark page is")

	v.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile, chromedp.EmulateTouch))
	get[string](v, `document.querySelector("#status-times").textContent = " · read in 999 ms · painted in 12.3 s · model from this browser’s cache"`)
	for _, id := range []string{"canvas", "result"} {
		box := get[struct{ Top, Bottom, Width float64 }](v, js(id)+`.getBoundingClientRect().toJSON()`)
		assert.GreaterOrEqual(t, box.Top, 0.0, id)
		assert.LessOrEqual(t, box.Bottom, 740.0, "%s is in sight together with the other", id)
		assert.GreaterOrEqual(t, box.Width, 170.0, id)
	}
	assert.LessOrEqual(t, get[int](v, "document.documentElement.scrollWidth"), 360, "no horizontal scrolling")
	v.shoot("narrow-light", "light")
	v.shoot("narrow-dark", "dark")

	v.forceColours()
	require.True(t, get[bool](v, `matchMedia("(forced-colors: active)").matches`))
	for _, part := range []string{".dot", ".nib", "#slider"} {
		assert.Equal(t, "none", get[string](v, `getComputedStyle(document.querySelector("`+part+`")).forcedColorAdjust`), "%s keeps a colour of its own", part)
	}
	require.NoError(t, chromium.Screenshot(v.ctx, filepath.Join(screenshots, "narrow-forced.png")))
}

// shoot takes a screenshot in a colour scheme and tells how light its corner is, 0 to 255.
func (v *visit) shoot(name, scheme string) int {
	v.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	require.NoError(v, err)
	// Colours may change by a transition.
	get[bool](v, `Promise.all(document.getAnimations().map((a) => a.effect.getComputedTiming().endTime < Infinity && a.finished)).then(() => true)`)
	path := filepath.Join(screenshots, name+".png")
	require.NoError(v, chromium.Screenshot(v.ctx, path))
	r, g, b, _ := readPicture(v.T, path).At(1, 400).RGBA()
	return int(r+g+b) / 3 >> 8
}

// forceColours has the system draw its own colours.
func (v *visit) forceColours() {
	v.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}},
	})
	require.NoError(v, err)
}
