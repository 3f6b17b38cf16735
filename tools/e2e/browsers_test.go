//go:build !race

package e2e

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/firefox"
	"github.com/webmunit/webmunit/tools/internal/ran"
	"github.com/webmunit/webmunit/tools/internal/stacks"
	"github.com/webmunit/webmunit/tools/internal/webdriver"
)

// Other browsers draw, translate and say what computes, as Chromium does: to the level on the CPU, within 2 levels on a GPU.
func (s *stage) otherBrowsers(t *testing.T) {
	url := s.open(t, nil).url + settings
	v := s.visit(t, url+"&device=cpu", "")
	v.ready()
	chromium := v.result()

	lavapipe, err := stacks.Find("firefox-lavapipe")
	require.NoError(t, err)
	env, err := lavapipe.Environment()
	require.NoError(t, err)
	for _, c := range []struct {
		name, query string
		open        func(context.Context) (*webdriver.Session, error)
		status      []string // what the status line says
		most        int      // levels
	}{
		{"firefox-webgpu", "&device=gpu", func(ctx context.Context) (*webdriver.Session, error) {
			return webdriver.Firefox(ctx, firefox.Options{Env: env})
		}, []string{"On the GPU", "emulated by the CPU"}, 2},
		{"firefox", "", func(ctx context.Context) (*webdriver.Session, error) {
			return webdriver.Firefox(ctx, firefox.Options{Prefs: map[string]string{"dom.webgpu.enabled": "false"}})
		}, []string{"On the CPU. This browser has no WebGPU"}, 0},
		{"webkitgtk", "", webdriver.WebKit, []string{"On the CPU. This browser has no WebGPU"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			with := ran.Test(t, c.name)
			session, err := c.open(t.Context())
			require.NoError(t, err)
			defer session.Close()
			o := &other{t, session}
			require.NoError(t, session.Navigate(t.Context(), url+c.query))
			o.ready()
			var agent string
			o.evaluate(`navigator.userAgent`, &agent)
			with(browserOf(agent))
			status := o.words("status")
			t.Log(status)
			for _, want := range c.status {
				assert.Contains(t, status, want)
			}
			// Firefox 153 tells pages nothing about the adapter but that it is emulated; where it does tell, the line must say so too.
			var adapter string
			o.evaluate(`navigator.gpu?.requestAdapter().then((a) => a?.info.description ?? "")`, &adapter)
			assert.Contains(t, status, adapter, "the adapter's name")
			first := o.canvas(js("result-canvas"))
			assert.LessOrEqual(t, levels(t, chromium, first), c.most, "levels between Chromium's CPU and this")

			var box struct{ X, Y, Width, Height float64 }
			o.evaluate(js("canvas")+`.getBoundingClientRect().toJSON()`, &box)
			at := func(x, y float64) webdriver.Point {
				return webdriver.Point{X: int(box.X + x*box.Width), Y: int(box.Y + y*box.Height)}
			}
			require.NoError(t, session.Drag(t.Context(), at(0.2, 0.15), at(0.5, 0.3), at(0.8, 0.15)))
			o.ready()
			drawn := o.canvas(js("result-canvas"))
			assert.Greater(t, changed(first, drawn), 50, "pixels that a line across the forehead changes")
			sheet := o.canvas(drawingCanvas(128))
			want := s.native.paint(t, sheet, s.native.RandomStyle(seed, 0))
			assert.LessOrEqual(t, levels(t, want, drawn), 2, "levels between native and this, of what was drawn")
			o.shoot(c.name)
		})
	}
}

// browserOf is what a browser says of itself that README's table of platforms shows.
func browserOf(agent string) string {
	return regexp.MustCompile(`(?:Chrome|Firefox)/\d+|AppleWebKit/[\d.]+`).FindString(strings.ReplaceAll(agent, "AppleWebKit/537.36", ""))
}

// drawingCanvas is JavaScript for a canvas with the drawing in so many pixels.
func drawingCanvas(side int) string {
	return fmt.Sprintf(`((pixels, canvas) => {
		Object.assign(canvas, { width: pixels.width, height: pixels.height }).getContext("2d").putImageData(pixels, 0, 0);
		return canvas;
	})(webmunit.drawing.pixels(%d), document.createElement("canvas"))`, side)
}

// other is the page in a browser that is not Chromium.
type other struct {
	*testing.T
	session *webdriver.Session
}

func (o *other) evaluate(expression string, out any) {
	o.Helper()
	require.NoError(o, o.session.Evaluate(o.Context(), expression, out))
}

// ready waits until all that is wanted is computed.
func (o *other) ready() {
	o.Helper()
	deadline := time.Now().Add(patience)
	for {
		var state string
		o.evaluate(`document.documentElement.dataset.state ?? ""`, &state)
		if state == "ready" {
			break
		}
		require.NotEqual(o, "error", state, o.words("error"))
		require.True(o, time.Now().Before(deadline), "the page is %s: %s", state, o.words("status"))
		time.Sleep(pause)
	}
	var painted bool
	o.evaluate(`new Promise((done) => {
		requestAnimationFrame(() => done(true));
		setTimeout(() => done(true), 200);
	})`, &painted)
}

func (o *other) words(id string) string {
	o.Helper()
	var text string
	o.evaluate(js(id)+".textContent", &text)
	return strings.TrimSpace(text)
}

func (o *other) canvas(expression string) *image.NRGBA {
	o.Helper()
	var got pixels
	o.evaluate(pixelsOf(expression), &got)
	return got.picture(o.T)
}

func (o *other) shoot(name string) {
	o.Helper()
	png, err := o.session.Screenshot(o.Context())
	require.NoError(o, err)
	require.NoError(o, os.MkdirAll(screenshots, 0o755))
	path := filepath.Join(screenshots, name+".png")
	require.NoError(o, os.WriteFile(path, png, 0o644))
	assert.Greater(o, readPicture(o.T, path).Bounds().Dx(), 1000)
}
