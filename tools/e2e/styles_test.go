//go:build !race

package e2e

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
)

// Styles are chosen, added, locked, replaced and blended, and each is the one that its seed names natively.
func (s *stage) styles(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+"?seed=7&sample=3&styles=3&model=avatars&device=cpu", "")
	v.ready()
	n := s.native
	drawing := n.samples[sample]

	v.click("style-2")
	v.ready()
	assert.Equal(t, "true", v.attribute("style-2", "aria-pressed"))
	v.same(n.paint(t, drawing, n.RandomStyle(seed, 2)), v.result(), "another style")

	v.click("more")
	v.ready()
	require.Equal(t, 9, v.count(".tray .cell"))
	v.same(n.paint(t, drawing, n.RandomStyle(seed, 8)), v.style(8), "the last of more styles")

	v.click("lock-1")
	v.click("new-seed")
	v.ready()
	other, err := strconv.ParseUint(get[string](v, js("seed")+".value"), 10, 64)
	require.NoError(t, err)
	require.NotEqual(t, uint64(seed), other)
	locked, second := n.RandomStyle(seed, 1), n.RandomStyle(other, 2)
	v.same(n.paint(t, drawing, locked), v.style(1), "the locked style")
	v.same(n.paint(t, drawing, second), v.style(2), "the new style in front")
	v.same(v.style(2), v.result(), "the picture in front")

	// End B of the blend: press its button, choose in the tray, and leave the middle by keys.
	v.click("blend-b")
	v.click("style-1")
	v.ready()
	require.Equal(t, "50", get[string](v, js("slider")+".value"))
	v.do(chromedp.Focus(hook("slider")))
	for range 5 {
		v.press(kb.ArrowRight)
	}
	v.ready()
	require.Equal(t, "55", get[string](v, js("slider")+".value"))
	between, err := runtime.Interpolate(second, locked, 0.55)
	require.NoError(t, err)
	blend := n.paint(t, drawing, between)
	v.same(blend, v.result(), "the blend")
	v.click("keep")
	v.ready()
	v.same(blend, v.style(9), "the blend, kept")
}

// countDecodes counts what the page asks of its workers: pictures in all, and the most that waited at a time.
const countDecodes = `
	globalThis.decodes = { all: 0, most: 0 };
	const waiting = new Set();
	const NativeWorker = Worker;
	globalThis.Worker = class extends NativeWorker {
		constructor(...args) {
			super(...args);
			this.addEventListener("message", ({ data }) => waiting.delete(data.id));
		}
		postMessage(message, ...rest) {
			if (message.method === "decode") {
				waiting.add(message.id);
				decodes.all += message.args[1].length;
				decodes.most = Math.max(decodes.most, waiting.size);
			}
			super.postMessage(message, ...rest);
		}
	};`

// A slider that moves faster than pictures come gets the picture of the place where it stops, and few of those on its way.
func (s *stage) slider(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+settings+"&device=cpu", countDecodes)
	v.ready()
	n := s.native
	v.click("blend-b")
	v.click("style-1")
	v.ready()
	require.Equal(t, "50", get[string](v, js("slider")+".value"))
	before := get[int](v, "decodes.all")
	require.Equal(t, 3, before, "two styles and a blend")

	get[bool](v, `(() => {
		const slider = `+js("slider")+`;
		for (let place = 51; place <= 90; place++) {
			slider.value = place;
			slider.dispatchEvent(new Event("input", { bubbles: true }));
		}
		return true;
	})()`)
	v.ready()
	blend, err := runtime.Interpolate(n.RandomStyle(seed, 0), n.RandomStyle(seed, 1), 0.9)
	require.NoError(t, err)
	v.same(n.paint(t, n.samples[sample], blend), v.result(), "where the slider stopped")
	assert.LessOrEqual(t, get[int](v, "decodes.all")-before, 2, "of 40 places: the first, and the last")
	assert.Equal(t, 1, get[int](v, "decodes.most"), "pictures asked for at a time")
}

// A style is taken from a picture of the target domain, which may be larger than the model takes.
func (s *stage) styleOfPicture(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+settings+"&device=cpu", "")
	v.ready()
	example := image.NewNRGBA(image.Rect(0, 0, 150, 110))
	for y := range 110 {
		for x := range 150 {
			example.SetNRGBA(x, y, color.NRGBA{uint8(255 - x), uint8(2 * y), uint8(x * y / 70), 255})
		}
	}
	path := filepath.Join(t.TempDir(), "example.png")
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, png.Encode(file, example))
	require.NoError(t, file.Close())

	v.do(chromedp.SetUploadFiles(hook("style-file"), []string{path}))
	v.await(js("style-2"))
	v.ready()
	want := s.native.paint(t, s.native.samples[sample], s.native.styleOf(t, example))
	v.same(want, v.style(2), "the style in the tray")
	v.same(want, v.result(), "the big picture")
	assert.Equal(t, "Style of example.png", v.attribute("style-2", "aria-label"))
}
