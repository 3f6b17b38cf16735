//go:build !race

package e2e

import (
	"image"
	"image/color"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

// A stroke changes the picture, undo brings the last one back, and a cleared sheet is a blank one.
func (s *stage) drawing(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+settings+"&device=cpu", "")
	v.ready()
	before := v.result()
	assert.Equal(t, "true", v.attribute("undo", "aria-disabled"), "the first sample is where the drawing begins")

	v.click("clear")
	v.ready()
	v.same(s.native.paint(t, blank(color.White), s.native.RandomStyle(seed, 0)), v.result(), "clear")
	v.click("undo")
	v.ready()
	v.equal(before, v.result(), "clearing undone")

	v.stroke([]point{{0.2, 0.15}, {0.5, 0.3}, {0.8, 0.15}})
	v.ready()
	drawn := v.result()
	assert.Greater(t, changed(before, drawn), 50, "pixels that a line across the forehead changes")
	assert.Equal(t, "false", v.attribute("sample-3", "aria-pressed"), "it is the sample no more")

	v.click("undo")
	v.ready()
	v.equal(before, v.result(), "undo")
	v.click("redo")
	v.ready()
	v.equal(drawn, v.result(), "redo")

	v.click("clear")
	v.ready()
	v.press("z", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	v.ready()
	v.equal(drawn, v.result(), "clearing undone by key")
}

// All that matters can be done without a mouse.
func (s *stage) keyboard(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+settings+"&device=cpu", "")
	v.ready()

	v.tabTo("canvas")
	v.press(kb.ArrowRight)
	v.ready()
	v.same(s.native.paint(t, s.native.samples[sample+1], s.native.RandomStyle(seed, 0)), v.result(), "the next sample")
	v.tabTo("sample-6")
	v.press(kb.Enter)
	v.ready()
	v.same(s.native.paint(t, s.native.samples[6], s.native.RandomStyle(seed, 0)), v.result(), "a sample picked")
	v.tabTo("style-0")
	v.press(kb.ArrowRight)
	v.press(kb.Enter)
	v.ready()
	v.same(s.native.paint(t, s.native.samples[6], s.native.RandomStyle(seed, 1)), v.result(), "a style picked")
	v.press("l")
	v.ready()
	assert.Equal(t, "true", v.attribute("lock-1", "aria-pressed"))
}

// point lies on the sheet: 0 is its left or upper edge, 1 the other.
type point struct{ x, y float64 }

// stroke draws with the mouse.
func (v *visit) stroke(points []point) {
	v.Helper()
	box := get[struct{ X, Y, Width, Height float64 }](v, js("canvas")+`.getBoundingClientRect().toJSON()`)
	at := func(p point) (x, y float64) { return box.X + p.x*box.Width, box.Y + p.y*box.Height }
	x, y := at(points[0])
	v.do(chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	for _, p := range points[1:] {
		x, y = at(p)
		v.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y, chromedp.ButtonLeft))
	}
	v.do(chromedp.MouseEvent(chromedp.MouseReleased, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

// changed counts the pixels that differ visibly between two pictures of one size.
func changed(a, b *image.NRGBA) int {
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		for c := range 3 {
			if d := int(a.Pix[i+c]) - int(b.Pix[i+c]); d > 8 || d < -8 {
				n++
				break
			}
		}
	}
	return n
}
