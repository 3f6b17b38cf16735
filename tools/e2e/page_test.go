//go:build !race

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/chromium"
)

// patience bounds one step of a visitor: a software GPU compiles its shaders for a while, on a machine that may be busy.
const patience = 2 * time.Minute

// pause is the time between two looks at something awaited.
const pause = 30 * time.Millisecond

// settings are those of most scenes: the smallest model, two styles, and a sample with glasses, a mouth and all.
const settings = plain + "&model=avatars"

// plain is the same without a model.
const plain = "?seed=7&sample=3&styles=2"

const (
	seed   = 7
	sample = 3
)

// visit is a tab with the page in it.
type visit struct {
	*testing.T
	ctx context.Context

	mu     sync.Mutex
	thrown []string
}

// visit opens a tab; script, if any, runs in every page before its own. When the test ends, nothing may have been thrown in it.
func (s *stage) visit(t *testing.T, url, script string) *visit {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(s.browser)
	v := &visit{T: t, ctx: ctx}
	t.Cleanup(func() {
		closeTab()
		v.mu.Lock()
		defer v.mu.Unlock()
		assert.Empty(t, v.thrown, "exceptions in the page")
	})
	chromium.OnConsole(ctx, func(m chromedp.ConsoleMessage) {
		v.mu.Lock()
		defer v.mu.Unlock()
		if m.IsException() {
			v.thrown = append(v.thrown, m.Text)
		}
	})
	if script != "" {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		require.NoError(t, err)
	}
	v.do(chromedp.Navigate(url))
	return v
}

func (v *visit) do(steps ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	require.NoError(v, chromedp.Do(ctx, steps...))
}

// get evaluates JavaScript that may be a promise.
func get[T any](v *visit, expression string) T {
	v.Helper()
	value, err := evaluate[T](v, expression)
	require.NoError(v, err, "%s", expression)
	return value
}

func evaluate[T any](v *visit, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// await waits until the JavaScript is true, on this page or on the next.
func (v *visit) await(expression string) {
	v.Helper()
	deadline := time.Now().Add(patience)
	for {
		is, err := evaluate[bool](v, "Boolean("+expression+")")
		if err == nil && is {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "navigated or closed") { // which answers a question to a page that goes
			require.NoError(v, err, "%s", expression)
		}
		if time.Now().After(deadline) { // asked only then: between two pages there is nobody to say
			require.Fail(v, expression+" never came", "the page is %s: %s %s", v.state(), v.words("status"), v.words("error"))
		}
		time.Sleep(pause)
	}
}

// ready waits until all that is wanted is computed.
func (v *visit) ready() {
	v.Helper()
	v.await(`["ready", "error"].includes(document.documentElement.dataset.state)`)
	require.Equal(v, "ready", v.state(), v.words("error"))
	// What is computed is painted in the next frame, or soon where there are no frames.
	get[bool](v, `new Promise((done) => {
		requestAnimationFrame(() => done(true));
		setTimeout(() => done(true), 200);
	})`)
}

func (v *visit) state() string { return get[string](v, `document.documentElement.dataset.state`) }

// hook is the element with that data-testid.
func hook(id string) chromedp.CSS { return chromedp.CSS(`[data-testid="` + id + `"]`) }

// js is the same in JavaScript.
func js(id string) string { return fmt.Sprintf(`document.querySelector('[data-testid="%s"]')`, id) }

func (v *visit) words(id string) string { return get[string](v, js(id)+".textContent.trim()") }

func (v *visit) count(selector string) int {
	return get[int](v, fmt.Sprintf(`document.querySelectorAll(%q).length`, selector))
}

func (v *visit) attribute(id, name string) string {
	return get[string](v, fmt.Sprintf(`%s.getAttribute(%q) ?? ""`, js(id), name))
}

func (v *visit) click(id string) {
	v.Helper()
	v.do(chromedp.Click(hook(id)))
}

// result is the big picture, as computed.
func (v *visit) result() *image.NRGBA {
	v.Helper()
	return v.canvas(js("result-canvas"))
}

// style is the picture of a style in the tray.
func (v *visit) style(i int) *image.NRGBA {
	v.Helper()
	return v.canvas(js(fmt.Sprintf("style-%d", i)) + `.querySelector("canvas")`)
}

func (v *visit) canvas(expression string) *image.NRGBA {
	v.Helper()
	return get[pixels](v, pixelsOf(expression)).picture(v.T)
}

// pixels are a canvas, as JavaScript hands it over.
type pixels struct {
	W, H int
	Pix  []byte
}

// pixelsOf is JavaScript for the pixels of a canvas.
func pixelsOf(canvas string) string {
	return `(() => {
		const c = ` + canvas + `;
		const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
		return { W: c.width, H: c.height, Pix: btoa(Array.from(data, (x) => String.fromCharCode(x)).join("")) };
	})()`
}

func (p pixels) picture(t *testing.T) *image.NRGBA {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, p.W, p.H))
	require.Len(t, p.Pix, len(picture.Pix))
	copy(picture.Pix, p.Pix)
	return picture
}

// levels is by how much the pictures differ at most, of 255, in any channel of any pixel.
func levels(t *testing.T, want, got *image.NRGBA) int {
	t.Helper()
	require.Equal(t, want.Rect.Size(), got.Rect.Size())
	most := 0
	for i := range want.Pix {
		most = max(most, int(max(want.Pix[i], got.Pix[i])-min(want.Pix[i], got.Pix[i])))
	}
	return most
}

// same holds a picture of the page against a native one: within 2 levels of 255 in every channel of every pixel.
func (v *visit) same(want, got *image.NRGBA, what string) {
	v.Helper()
	assert.LessOrEqual(v, levels(v.T, want, got), 2, "%s: levels between page and native", what)
}

// equal holds two pictures of the page against each other, which must not differ at all.
func (v *visit) equal(want, got *image.NRGBA, what string) {
	v.Helper()
	require.Equal(v, want.Rect.Size(), got.Rect.Size(), what)
	assert.True(v, bytes.Equal(want.Pix, got.Pix), "%s: %d of %d pixels differ visibly", what, changed(want, got), len(want.Pix)/4)
}

// press presses a key, such as kb.Tab.
func (v *visit) press(key string, opts ...chromedp.KeyOption) {
	v.Helper()
	v.do(chromedp.KeyEvent(key, opts...))
}

// tabTo presses Tab until the element with that data-testid has the focus.
func (v *visit) tabTo(id string) {
	v.Helper()
	var seen []string
	for range 60 {
		v.press("\t")
		at := get[string](v, `document.activeElement?.dataset.testid ?? ""`)
		if at == id {
			return
		}
		seen = append(seen, at)
	}
	require.Fail(v, "Tab does not lead to "+id, strings.Join(seen, " "))
}
