//go:build !race

package e2e

import (
	"image/color"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// An outline that closes is filled by itself, and what is wrong with that can be undone; the bucket fills what one points at.
func (s *stage) filling(t *testing.T) {
	body, trim, paper := color.NRGBA{0xd8, 0xd8, 0xd8, 255}, color.NRGBA{0xa8, 0xa8, 0xa8, 255}, color.NRGBA{255, 255, 255, 255}
	file := second(t, 32)
	h := s.open(t, func(h *host) {
		h.files = map[string][]byte{"models/models.json": s.withSecond(t, file), "models/second.munit.safetensors": file,
			"samples/avatars/samples.json": s.onePen(t)}
	})
	v := s.visit(t, h.url+plain+"&device=cpu&model=second", "")
	v.ready()
	v.click("clear")
	v.ready()
	// Of 512 pixels.
	at := func(x, y int) color.NRGBA { return v.canvas(js("canvas")).NRGBAAt(x, y) }

	v.stroke([]point{{0.2, 0.2}, {0.8, 0.2}, {0.8, 0.8}, {0.2, 0.8}})
	assert.Equal(t, paper, at(256, 256), "an outline that is open")
	v.stroke([]point{{0.2, 0.79}, {0.2, 0.5}, {0.2, 0.215}}) // not quite up to where it began
	assert.Equal(t, body, at(256, 256), "an outline that closes, but for a gap such as hands leave")
	assert.Equal(t, body, at(113, 256), "up to its line")
	assert.Equal(t, paper, at(50, 50), "outside of it")

	v.click("undo")
	assert.Equal(t, paper, at(256, 256), "the filling undone")
	assert.NotEqual(t, paper, at(102, 256), "the line stays")
	v.stroke([]point{{0.3, 0.3}, {0.4, 0.3}})
	assert.Equal(t, paper, at(256, 256), "what was closed before, and was not to be filled")
	v.click("undo")
	v.click("undo")
	v.click("redo")
	v.click("redo")
	v.press("f")
	assert.Equal(t, "true", v.attribute("bucket", "aria-pressed"))
	v.stroke([]point{{0.5, 0.5}})
	assert.Equal(t, body, at(256, 256), "the bucket, first of all with what outlines are filled with")
	v.click("pen-2")
	v.stroke([]point{{0.1, 0.1}})
	assert.Equal(t, trim, at(10, 500), "around it")
	assert.Equal(t, body, at(256, 256), "in it")
	v.click("undo")
	v.ready()
	v.await("webmunitKeep.settled")
	sheet := v.canvas(js("canvas"))
	v.do(chromedp.Reload())
	v.ready()
	v.equal(sheet, v.canvas(js("canvas")), "after a reload")
	v.click("model-avatars")
	v.ready()
	assert.True(t, get[bool](v, js("bucket")+".hidden"), "where there is one pen there is no bucket")
	v.press("f")
	assert.Equal(t, "true", v.attribute("pen", "aria-pressed"))
}
