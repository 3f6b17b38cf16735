package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
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
	assert.Equal(t, []string{"translation 1 of 2", "translation 2 of 2"}, got.Labels)
	assert.Equal(t, []bool{true, true}, got.Same)
	assert.Empty(t, got.Words)
	assert.Equal(t, []string{"load", "bad-option", "load", "bad-direction", "load", "bad-image", "load", "model-http", "load",
		"worker", "load", "worker", "load"}, got.Outcomes)
	for i, outcome := range got.Outcomes {
		assert.Equal(t, outcome == "load", got.Said[i] == "", "status after change %d: %s", i, got.Said[i])
	}
	assert.Equal(t, 3, got.Left)
}
