//go:build !race

package e2e

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a visitor made is there after a reload, after another page, and after a crash, until the visitor wants to start anew.
func (s *stage) kept(t *testing.T) {
	h := s.open(t, nil)
	v := s.visit(t, h.url+settings+"&device=cpu", "")
	v.ready()
	v.stroke([]point{{0.2, 0.15}, {0.5, 0.3}, {0.8, 0.15}})
	v.ready()
	v.do(chromedp.SetUploadFiles(hook("style-file"), []string{picture(t)}))
	v.await(js("style-2"))
	v.ready()
	v.click("lock-1")
	v.click("blend-b")
	v.click("style-0")
	v.ready()
	v.click("keep")
	v.ready()
	v.stroke([]point{{0.3, 0.8}, {0.7, 0.8}})
	v.ready()
	sheet, result := v.canvas(js("canvas")), v.result()
	same := func(v *visit, after string) {
		v.ready()
		v.equal(sheet, v.canvas(js("canvas")), "the drawing after "+after)
		v.equal(result, v.result(), "the picture after "+after)
		assert.Equal(t, 4, v.count(".tray .cell"), after)
		for _, lock := range []string{"lock-1", "lock-2", "lock-3"} {
			assert.Equal(t, "true", v.attribute(lock, "aria-pressed"), after)
		}
		assert.Equal(t, "Style of example.png", v.attribute("style-2", "aria-label"), after)
		assert.Equal(t, "Style 4, a blend", v.attribute("style-3", "aria-label"), after)
	}
	v.await("webmunitKeep.settled")

	v.do(chromedp.Reload())
	same(v, "a reload")
	v.click("undo")
	v.ready()
	assert.Positive(t, changed(sheet, v.canvas(js("canvas"))), "a stroke can be undone after a reload")
	v.click("redo")
	v.ready()
	v.await("webmunitKeep.settled")

	v.click("bench")
	v.await(`location.pathname.endsWith("bench.html")`)
	get[bool](v, `(setTimeout(() => history.back()), true)`)
	v.await(`document.querySelector('[data-testid="canvas"]')`)
	same(v, "the bench page")

	dying, cancel := context.WithTimeout(v.ctx, 5*time.Second)
	defer cancel()
	_, _ = chromedp.Call(dying, cdpage.Crash, cdp.Empty{}) // what is dead does not answer
	v = s.visit(t, h.url, "")
	same(v, "a crash, at the bare address")
	v = s.visit(t, h.url+"?seed=8&styles=2&device=cpu&model=avatars", "")
	v.ready()
	v.equal(sheet, v.canvas(js("canvas")), "the drawing at a link that names another seed")
	assert.Equal(t, "8", get[string](v, js("seed")+".value"))
	assert.Equal(t, 4, v.count(".tray .cell"), "locked styles stay")

	v.click("anew")
	v.click("anew-yes")
	v.await(`location.search === "" && document.documentElement?.dataset.state === "ready"`)
	v.ready()
	v.same(s.first.paint(t, s.first.samples[0], s.first.RandomStyle(3, 0)), v.result(), "a page begun anew")
	assert.Equal(t, 9, v.count(".tray .cell"))
	v.do(chromedp.Reload())
	v.ready()
	assert.Equal(t, "true", v.attribute("sample-0", "aria-pressed"))
}

// picture writes an example of the target domain.
func picture(t *testing.T) (path string) {
	t.Helper()
	example := image.NewNRGBA(image.Rect(0, 0, 150, 110))
	for y := range 110 {
		for x := range 150 {
			example.SetNRGBA(x, y, color.NRGBA{uint8(255 - x), uint8(2 * y), uint8(x * y / 70), 255})
		}
	}
	path = filepath.Join(t.TempDir(), "example.png")
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, png.Encode(file, example))
	require.NoError(t, file.Close())
	return path
}
