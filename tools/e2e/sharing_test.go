//go:build !race

package e2e

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
)

// apps stand in for those that a phone would offer, which no test can press: they keep what they are given, or are closed by the visitor.
const apps = `
	navigator.canShare = () => true;
	navigator.share = async ({ files }) => {
		if (globalThis.closed) throw new DOMException("closed", "AbortError");
		globalThis.shared = files;
	};`

// The picture goes to the clipboard and to other apps as large as it is seen.
func (s *stage) sharing(t *testing.T) {
	h := s.open(t, nil)
	v := s.visit(t, h.url+settings+"&device=cpu", apps)
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(v.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
		})
		require.NoError(t, err)
	}
	v.ready()
	seen := v.canvas(`document.querySelector("#result-view")`)

	v.click("copy-picture")
	v.await(js("note") + `.textContent.includes("clipboard")`)
	v.equal(seen, v.file(`(await (await navigator.clipboard.read())[0].getType("image/png"))`), "the picture on the clipboard")

	v.click("share")
	v.await("globalThis.shared")
	v.equal(seen, v.file("shared[0]"), "the picture that other apps get")
	assert.Equal(t, "image/png avatar-seed7.png", get[string](v, "`${shared[0].type} ${shared[0].name}`"))

	get[bool](v, "globalThis.closed = true")
	v.click("share")
	v.ready()
	assert.True(t, get[bool](v, js("error")+".hidden"), "who closes the list of apps made no error: %s", v.words("error"))
}

// file is the picture in a Blob.
func (v *visit) file(blob string) *image.NRGBA {
	v.Helper()
	read := get[struct{ Data []byte }](v, `(async () => {
		const data = new Uint8Array(await (`+blob+`).arrayBuffer());
		return { Data: btoa(Array.from(data, (x) => String.fromCharCode(x)).join("")) };
	})()`)
	picture, err := png.Decode(bytes.NewReader(read.Data))
	require.NoError(v, err)
	return runtime.Fit(picture, 0)
}
