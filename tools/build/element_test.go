package main

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// embed is all that a page needs to hold.
const embed = `<!doctype html><title>embed</title>
<script type="module" src="/some/path/munit.js"></script>
<munit-image model="/tiny.munit.safetensors" src="/picture.png" styles="2" seed="7" device="cpu"></munit-image>`

const element = `
const settled = (e) => new Promise((resolve) => {
	e.addEventListener("load", () => resolve("load"), { once: true });
	e.addEventListener("error", (event) => resolve(event.detail.code), { once: true });
});
const words = (e) => e.shadowRoot.querySelector("[role=status]").textContent;
const canvases = (e) => [...e.shadowRoot.querySelectorAll("canvas")];
const dataOf = (c) => numbers(c.getContext("2d").getImageData(0, 0, c.width, c.height));
const e = document.querySelector("munit-image");
`

func TestElement(t *testing.T) {
	b := open(t)
	img := testPicture(24, 20)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	b.bytes("/picture.png", "image/png", pngOf(t, img))
	b.bytes("/embed.html", "text/html", []byte(embed))
	b.visit(t, "/embed.html")
	got := do[struct {
		Outcome  string
		Labels   []string
		Same     []bool
		Words    string
		Outcomes []string
		Said     []string
		Left     int
	}](t, b, element+`
		const whole = () => canvases(e).length === 2 && !words(e);
		const outcome = whole() ? "load" : await settled(e);
		const labels = canvases(e).map((c) => c.getAttribute("aria-label"));
		const m = await load({ model: "/tiny.munit.safetensors", device: "cpu" });
		const source = await (await fetch("/picture.png")).blob();
		const same = [];
		for (const [i, c] of canvases(e).entries()) {
			same.push(String(dataOf(c).pixels) === String(numbers(await m.translate(source, { seed: 7, index: i })).pixels));
		}
		const said = words(e);
		const outcomes = [], messages = [];
		for (const [name, value] of [["seed", "8"], ["styles", "0"], ["styles", "3"], ["direction", "up"], ["direction", "b2a"],
			["src", "/missing.png"], ["src", "/picture.png"], ["model", "/missing.munit.safetensors"], ["model", "/tiny.munit.safetensors"],
			["worker", "/missing.js"], ["worker", "/some/path/munit-worker.js"], ["wasm", "/missing.wasm"], ["wasm", "/some/path/munit.wasm"]]) {
			const done = settled(e);
			e.setAttribute(name, value);
			outcomes.push(await done);
			messages.push(words(e));
		}
		return { outcome, labels, same, words: said, outcomes, said: messages, left: canvases(e).length };`)
	assert.Equal(t, "load", got.Outcome)
	assert.Equal(t, []string{"b, 1 of 2", "b, 2 of 2"}, got.Labels)
	assert.Equal(t, []bool{true, true}, got.Same)
	assert.Empty(t, got.Words)
	assert.Equal(t, []string{"load", "bad-option", "load", "bad-direction", "load", "bad-image", "load", "model-http", "load",
		"worker", "load", "worker", "load"}, got.Outcomes)
	for i, outcome := range got.Outcomes {
		assert.Equal(t, outcome == "load", got.Said[i] == "", "status after change %d: %s", i, got.Said[i])
	}
	assert.Equal(t, 3, got.Left)
}

// TestElementManners: it shows how far the download is, in the page's language; it waits until it is near what is seen, and for a click where data is
// saved; and it labels results by the model's words.
func TestElementManners(t *testing.T) {
	b := open(t)
	b.bytes("/picture.png", "image/png", pngOf(t, testPicture(24, 20)))
	b.bytes("/lazy.html", "text/html", []byte(`<!doctype html><meta charset="utf-8"><title>lazy</title>
		<script type="module" src="/some/path/munit.js"></script><p style="height: 5000px">above</p>
		<munit-image loading="lazy" model="/tiny.munit.safetensors" src="/picture.png" styles="2" device="cpu" alt="noise"
			text-preparing="Gleich…" text-result="Nummer {n} von {count}"></munit-image>`))
	b.visit(t, "/lazy.html")
	got := do[struct {
		Asked    []string
		Outcome  string
		Labels   []string
		Stages   []string
		Words    []string
		Bar, End bool
		Alt      string
	}](t, b, element+`
		await new Promise((r) => setTimeout(r, 300));
		const asked = performance.getEntriesByType("resource").map((r) => new URL(r.name).pathname).filter((p) => /tiny|picture/.test(p));
		const stages = [], said = [];
		let bar = false;
		e.addEventListener("progress", (p) => {
			if (stages.at(-1) !== p.detail.stage) stages.push(p.detail.stage);
			const shown = e.shadowRoot.querySelector("progress");
			bar ||= !shown.hidden && shown.value > 0 && shown.max === p.detail.total;
			said.push(words(e));
		});
		const done = settled(e);
		e.scrollIntoView();
		const outcome = await done;
		return { asked, outcome, stages, words: [...new Set(said)], bar, end: e.shadowRoot.querySelector("progress").hidden,
			labels: canvases(e).map((c) => c.getAttribute("aria-label")), alt: e.shadowRoot.querySelector("img").alt };`)
	assert.Empty(t, got.Asked, "what is far away is not loaded")
	assert.Equal(t, "load", got.Outcome)
	assert.Equal(t, []string{"Nummer 1 von 2", "Nummer 2 von 2"}, got.Labels)
	assert.Contains(t, got.Stages, "download")
	assert.Contains(t, got.Words, "Gleich…")
	assert.Contains(t, got.Words, "Downloading the model: 100 %")
	assert.True(t, got.Bar, "a bar shows the download")
	assert.True(t, got.End, "and goes")
	assert.Equal(t, "noise", got.Alt)

	_, err := chromedp.Call(b.ctx, emulation.SetDataSaverOverride, emulation.SetDataSaverOverrideParams{DataSaverEnabled: new(true)})
	require.NoError(t, err)
	b.bytes("/saver.html", "text/html", []byte(embed))
	b.visit(t, "/saver.html")
	saver := do[struct {
		Before  []string
		Outcome string
	}](t, b, element+`
		let button;
		while (!(button = e.shadowRoot.querySelector("[part=start]"))) await new Promise((r) => setTimeout(r, 20));
		await new Promise((r) => setTimeout(r, 300));
		const before = performance.getEntriesByType("resource").map((r) => new URL(r.name).pathname).filter((p) => /safetensors|wasm/.test(p));
		const done = settled(e);
		button.click();
		return { before, outcome: await done };`)
	assert.Empty(t, saver.Before, "no model and no program before the click")
	assert.Equal(t, "load", saver.Outcome)
}
