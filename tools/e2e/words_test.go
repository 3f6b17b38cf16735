//go:build !race

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

// What the status line, the error and its hint say fits together, and goes when it is no longer so.
func (s *stage) wordsAgree(t *testing.T) {
	v := s.visit(t, s.open(t, nil).url+settings+"&device=cpu", "")
	v.ready()
	typeSeed := func(text string) {
		get[bool](v, `(() => {
			const field = `+js("seed")+`;
			field.value = "`+text+`";
			field.dispatchEvent(new Event("change", { bubbles: true }));
			return true;
		})()`)
	}
	typeSeed("many")
	assert.Contains(t, v.words("error"), "A seed is a whole number")
	assert.Contains(t, v.words("error"), "still those of seed 7")
	assert.NotContains(t, v.words("error"), "address")
	typeSeed("8")
	v.ready()
	assert.True(t, get[bool](v, js("error")+".hidden"), "a seed that can be takes the error back")

	// An error of a call: the line no longer says where the last picture came from.
	assert.Contains(t, v.words("status"), "On the CPU")
	get[bool](v, `(webmunit.fail(new Error("The last straw.")), true)`)
	v.await(`document.querySelector('[data-testid="status"]').textContent.includes("Stopped")`)
	assert.NotContains(t, v.words("status"), "On the CPU")
	assert.NotContains(t, v.words("status"), " ms")
	v.click("retry")
	v.ready()
	assert.Contains(t, v.words("status"), "On the CPU")
	v.press(kb.Escape)
}

// A host's own service worker stays the only one; where there is none, ours answers for the page's folder.
func (s *stage) serviceWorkers(t *testing.T) {
	h := s.open(t, func(h *host) {
		h.files = map[string][]byte{"theirs.js": []byte("addEventListener('fetch', () => {});"), "sub/theirs.html": []byte("<!doctype html><title>theirs</title>")}
	})
	v := s.visit(t, h.url+"sub/theirs.html", "")
	get[bool](v, `navigator.serviceWorker.register("../theirs.js").then(() => navigator.serviceWorker.getRegistration()).then(() => true)`)
	v.do(chromedp.Navigate(h.url + settings + "&device=cpu"))
	v.ready()
	scripts := `navigator.serviceWorker.getRegistrations().then((all) => all.map((r) => (r.active ?? r.waiting ?? r.installing).scriptURL))`
	assert.Equal(t, []string{h.url + "theirs.js"}, get[[]string](v, scripts))

	other := s.open(t, nil)
	v = s.visit(t, other.url+settings+"&device=cpu", "")
	v.ready()
	assert.Equal(t, other.url, get[string](v, `navigator.serviceWorker.ready.then((r) => r.scope)`))
}
