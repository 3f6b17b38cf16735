//go:build !race

package e2e

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inWorker and inPage make GPU devices visible to the page: it hears when one was opened or lost, and may destroy the last one, as a
// driver that is restarted would.
const (
	inWorker = `{
	const channel = new BroadcastChannel("devices");
	const request = GPUAdapter.prototype.requestDevice;
	GPUAdapter.prototype.requestDevice = async function (...args) {
		const device = await request.apply(this, args);
		channel.postMessage("opened");
		channel.onmessage = () => device.destroy();
		device.lost.then(() => channel.postMessage("lost"));
		return device;
	};
}`
	inPage = `
globalThis.channel = new BroadcastChannel("devices");
globalThis.devices = [];
channel.onmessage = ({ data }) => devices.push(data);`
)

// A GPU that vanishes in the middle of a call costs time and nothing else.
func (s *stage) deviceLoss(t *testing.T) {
	h := s.open(t, func(h *host) { h.inWorker = inWorker })
	v := s.visit(t, h.url+settings+"&device=gpu", inPage)
	v.ready()
	before := v.result()
	require.Equal(t, []string{"opened"}, get[[]string](v, "devices"))

	// The first of six new styles is being computed when the loss comes.
	get[bool](v, js("more")+`.click(), channel.postMessage("destroy"), true`)
	v.ready()
	require.Equal(t, []string{"opened", "lost", "opened"}, get[[]string](v, "devices"))
	assert.Contains(t, v.words("status"), "On the GPU")
	for i := range 8 {
		want := s.native.paint(t, s.native.samples[sample], s.native.RandomStyle(seed, i))
		v.same(want, v.style(i), fmt.Sprintf("style %d, after the loss", i))
	}
	// Picking the sample again makes all be computed anew, on the new device.
	v.click(fmt.Sprintf("sample-%d", sample))
	v.ready()
	v.same(before, v.result(), "the same as before the loss")
}

// Without WebGPU the page says so in plain words, and the CPU serves.
func (s *stage) noWebGPU(t *testing.T) {
	h := s.open(t, func(h *host) { h.inWorker = "delete WorkerNavigator.prototype.gpu;" })
	v := s.visit(t, h.url+settings+"&device=gpu", "delete Navigator.prototype.gpu;")
	v.await(`document.documentElement.dataset.state === "error"`)
	assert.Contains(t, v.words("error"), "WebGPU")
	assert.Contains(t, v.words("error"), "CPU instead")
	report, err := url.Parse(get[string](v, fmt.Sprintf(`(document.addEventListener("click", (e) => e.preventDefault(), { once: true }), %[1]s.click(), %[1]s.href)`, js("report"))))
	require.NoError(t, err)
	assert.Equal(t, "/webmunit/webmunit/issues/new", report.Path)
	for _, said := range []string{"What happened", "Chrome/", "WebGPU"} {
		assert.Contains(t, report.Query().Get("body"), said, "what the issue is filled with")
	}

	v.click("use-cpu")
	v.await(`document.documentElement.dataset.state === "ready"`)
	v.ready()
	want := s.native.paint(t, s.native.samples[sample], s.native.RandomStyle(seed, 0))
	v.same(want, v.result(), "on the CPU instead")

	v.do(chromedp.Navigate(h.url + settings))
	v.ready()
	assert.Contains(t, v.words("status"), "On the CPU. This browser has no WebGPU", "auto says why")
	v.same(want, v.result(), "on the CPU by itself")
}

// A model that cannot be had is explained, and asked for again at a press.
func (s *stage) missingModel(t *testing.T) {
	h := s.open(t, func(h *host) { h.gone.Store(true) })
	v := s.visit(t, h.url+settings+"&device=cpu", "")
	v.await(`document.documentElement.dataset.state === "error"`)
	assert.Contains(t, v.words("error"), "404")
	assert.True(t, get[bool](v, js("use-cpu")+".hidden"), "the CPU finds no model either")

	v.click("retry")
	require.Eventually(t, func() bool { return h.models.Load() == 2 }, patience, pause)
	v.await(`document.documentElement.dataset.state === "error"`)
	h.gone.Store(false)
	v.click("retry")
	v.await(`document.documentElement.dataset.state === "ready"`)
	v.ready()
	assert.True(t, get[bool](v, js("error")+".hidden"))
	v.same(s.native.paint(t, s.native.samples[sample], s.native.RandomStyle(seed, 0)), v.result(), "after the retry")
}
