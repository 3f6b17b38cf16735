//go:build !race

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// second is a small model that no training made, between other domains than the shipped ones, for pictures of so many pixels.
func second(t *testing.T, side int) []byte {
	t.Helper()
	model := formula.Model(weights.Config{
		Gen:       weights.Gen{Dim: 4, MLPDim: 8, StyleDim: 4, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"},
		InputDimA: 3, InputDimB: 3, NewSize: side,
	}, "second", "a", "b")
	model.DomainA, model.DomainB = "chart", "picture"
	var file bytes.Buffer
	_, err := model.WriteTo(&file)
	require.NoError(t, err)
	return file.Bytes()
}

// withSecond gives the site's models.json with the model of most scenes and the file of another.
func (s *stage) withSecond(t *testing.T, file []byte) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, "models", "models.json"))
	require.NoError(t, err)
	var list struct {
		Models []map[string]any `json:"models"`
	}
	require.NoError(t, json.Unmarshal(data, &list))
	list.Models = slices.DeleteFunc(list.Models, func(m map[string]any) bool { return m["name"] != "avatars" })
	list.Models = append(list.Models, map[string]any{
		"name": "second", "file": "second.munit.safetensors", "bytes": len(file), "sha256": fmt.Sprintf("%x", sha256.Sum256(file)),
		"domains": map[string]string{"a": "chart", "b": "picture"}, "samples": "../samples/wares/", "credits": "Thanks to nobody.",
	})
	data, err = json.Marshal(list)
	require.NoError(t, err)
	return data
}

// onePen gives the samples.json of the model of most scenes as it would be for a model that knows no pen but ink.
func (s *stage) onePen(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, "samples", "avatars", "samples.json"))
	require.NoError(t, err)
	var samples map[string]any
	require.NoError(t, json.Unmarshal(data, &samples))
	require.Contains(t, samples, "materials")
	delete(samples, "materials")
	data, err = json.Marshal(samples)
	require.NoError(t, err)
	return data
}

// The colours of testdata/chart.json.
var (
	sea   = color.NRGBA{0x48, 0x80, 0xbe, 255}
	hills = color.NRGBA{0xd0, 0xbe, 0x7c, 255}
)

// Another model comes with its own samples, sheet, pens, words and credits; what a visitor drew stays, and all of it works offline.
func (s *stage) models(t *testing.T) {
	file := second(t, 32)
	other := openNative(t, file, filepath.Join(s.dir, "samples", "wares"))
	h := s.open(t, func(h *host) {
		h.files = map[string][]byte{"models/models.json": s.withSecond(t, file), "models/second.munit.safetensors": file,
			"samples/avatars/samples.json": s.onePen(t)}
	})
	v := s.visit(t, h.url+settings+"&device=cpu", "")
	v.ready()
	title := v.words("title")
	assert.Equal(t, "Drawing → avatar", get[string](v, js("model-avatars")+".parentElement.textContent"))
	assert.Equal(t, "Chart → picture", get[string](v, js("model-second")+".parentElement.textContent"))
	assert.True(t, get[bool](v, js("pens")+".hidden"), "one pen is no choice")

	v.tabTo("model-avatars")
	v.press(kb.ArrowRight)
	v.ready()
	first := other.paint(t, other.samples[0], other.RandomStyle(seed, 0))
	v.same(first, v.result(), "the first sample of the second model")
	assert.Equal(t, "?device=cpu&seed=7&styles=2&model=second", get[string](v, "location.search"))
	assert.Equal(t, len(other.samples), v.count(".sample"))
	assert.Equal(t, "true", v.attribute("sample-0", "aria-pressed"))
	assert.Equal(t, get[string](v, js("sample-0")+".firstChild.src"), h.url+"samples/wares/sneaker.png")
	assert.NotEqual(t, title, v.words("title"))
	v.click("credits")
	assert.Equal(t, "Thanks to nobody.", get[string](v, `document.querySelector("#credits-model").textContent`))
	v.await(`document.querySelector("#credits-samples").textContent.includes("tools/dataset wares")`)
	v.press(kb.Escape)

	v.click("clear")
	v.ready()
	v.same(other.paint(t, blank(color.White), other.RandomStyle(seed, 0)), v.result(), "its empty sheet")
	v.click("pen-1")
	v.stroke([]point{{0.2, 0.5}, {0.8, 0.5}})
	v.click("eraser")
	v.stroke([]point{{0.6, 0.2}, {0.6, 0.8}})
	v.ready()
	sheet := v.canvas(js("canvas"))
	assert.Equal(t, color.NRGBA{0xd8, 0xd8, 0xd8, 255}, sheet.NRGBAAt(150, 256), "where the pen was")
	assert.Equal(t, color.NRGBA{255, 255, 255, 255}, sheet.NRGBAAt(307, 256), "where the eraser was")

	words := v.words("title")
	v.click("direction-b2a")
	v.ready()
	assert.Equal(t, words, v.words("title"), "its words, turned round")
	assert.False(t, get[bool](v, js("pens")+".hidden"), "its pens, turned round")
	v.click("undo") // what was painted became the drawing
	v.ready()

	v.click("model-avatars")
	v.await(`document.querySelector('[data-testid="note"]').textContent.includes("made for another model")`)
	v.ready()
	v.equal(sheet, v.canvas(js("canvas")), "a visitor's own drawing, with another model")
	drawing := v.canvas(drawingCanvas(128))
	v.same(s.native.paint(t, drawing, s.native.RandomStyle(seed, 0)), v.result(), "and its translation")
	assert.Equal(t, title, v.words("title"))
	assert.Zero(t, v.count(`.sample[aria-pressed="true"]`))

	get[bool](v, `navigator.serviceWorker.ready.then(() => true)`)
	get[bool](v, `(async () => {
		const kept = async () => (await (await caches.open("munit-models-1")).keys()).length;
		while ((await kept()) < 2) await new Promise((done) => setTimeout(done, 20));
		return true;
	})()`)
	h.stop()
	v.do(chromedp.Reload())
	v.ready()
	v.equal(sheet, v.canvas(js("canvas")), "the visitor's drawing, offline")
	v.click("model-second")
	v.ready()
	v.click("sample-0")
	v.ready()
	v.same(first, v.result(), "the second model, offline")
}

// A model of large pictures gets a drawing as sharp as they are.
func (s *stage) large(t *testing.T) {
	const side = 256
	file := second(t, side)
	other := openNative(t, file, filepath.Join(s.dir, "samples", "wares"))
	h := s.open(t, func(h *host) {
		h.files = map[string][]byte{"models/models.json": s.withSecond(t, file), "models/second.munit.safetensors": file}
	})
	v := s.visit(t, h.url+plain+"&device=cpu&model=second", "")
	v.ready()
	v.click("clear")
	v.click("pen-1")
	v.stroke([]point{{0.2, 0.3}, {0.8, 0.6}})
	v.ready()
	drawing := v.canvas(drawingCanvas(side))
	result := v.result()
	assert.Equal(t, side, result.Rect.Dx())
	v.same(other.paint(t, drawing, other.RandomStyle(seed, 0)), result, "of all pixels of the drawing")
}

// A model may want sheets and pens of its own.
func (s *stage) sheets(t *testing.T) {
	file := second(t, 32)
	other := openNative(t, file, filepath.Join(s.dir, "samples", "wares"))
	chart, err := os.ReadFile("testdata/chart.json")
	require.NoError(t, err)
	h := s.open(t, func(h *host) {
		h.files = map[string][]byte{"models/models.json": s.withSecond(t, file), "models/second.munit.safetensors": file, "samples/wares/samples.json": chart}
	})
	v := s.visit(t, h.url+plain+"&device=cpu&model=second", "")
	v.ready()
	v.click("clear")
	v.ready()
	v.same(other.paint(t, blank(sea), other.RandomStyle(seed, 0)), v.result(), "an empty sheet")
	v.click("pen-1")
	v.stroke([]point{{0.2, 0.5}, {0.8, 0.5}})
	v.click("eraser")
	v.stroke([]point{{0.6, 0.2}, {0.6, 0.8}})
	sheet := v.canvas(js("canvas"))
	assert.Equal(t, hills, sheet.NRGBAAt(150, 256), "where the pen was")
	assert.Equal(t, sea, sheet.NRGBAAt(307, 256), "where the eraser was")
}
