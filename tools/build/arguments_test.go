package main

import (
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever a call is given, its promise is rejected with a MunitError that says what was wrong, and nothing is fetched for a load that cannot be.
func TestWrongArguments(t *testing.T) {
	b := open(t)
	var fetched atomic.Int32
	b.mux.HandleFunc("/counted.munit.safetensors", func(w http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		http.ServeFile(w, r, filepath.Join(siteDir(t), "models", "avatars.munit.safetensors"))
	})
	got := do[[]string](t, b, `
		const said = [];
		const model = "/counted.munit.safetensors";
		const tell = async (call) => {
			let promise;
			try {
				promise = call();
			} catch (e) {
				return said.push("thrown at once: " + e);
			}
			said.push(await promise.then(() => "no error", (e) => e instanceof MunitError ? e.code + ": " + e.message : "not a MunitError: " + e));
		};
		for (const options of [undefined, null, "/m", {}, { model: "" }, { model: 5 }, { model: "http://" }, { model: null }, { model, signal: 5 }, { model, onProgress: 5 },
			{ model, sha256: "xyz" }, { model, sha256: 7 }, { model, worker: "" }, { model, wasm: 7 }, { model, tune: 1 }, { model, device: null }, { model, device: Symbol("gpu") },
			{ model, timeout: -1 }, { model, timeout: "5" }]) await tell(() => load(options));
		for (const url of [undefined, "", 5, "http://"]) await tell(() => listModels(url));
		const m = await load({ model: "/tiny.munit.safetensors", device: "cpu" });
		const p = picture(24, 20);
		const content = await m.encode(p);
		const style = m.randomStyle(0);
		for (const call of [() => m.encode(p, null), () => m.encode(p, 5), () => m.encode(), () => m.encode(Symbol("x")), () => m.encode(p, { direction: Symbol("x") }),
			() => m.encode(p, { size: "16" }), () => m.encode(p, { size: Symbol("x") }), () => m.encode(p, { signal: {} }), () => m.decode(), () => m.decode(content), () => m.decode(content, style, null),
			() => m.decodeBatch(content), () => m.decodeBatch(content, 5), () => m.decodeBatch(content, [null]), () => m.decode(content, style, { signal: 1 }), () => m.styleOf(), () => m.styleOf(p, null),
			() => m.translate(p, null), () => m.translate(p, { seed: "7" }), () => m.translate(p, { seed: null }), () => m.translate(p, { style: null }), () => m.translate(p, { styleImage: null }),
			() => m.translate(p, { index: "x" }), async () => interpolate(), async () => interpolate(style, [1, 2, 3], 0), async () => interpolate(style, style, NaN), async () => latest(5)]) await tell(call);
		return said;`)
	want := []string{
		"bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option",
		"bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option",
		"bad-option", "bad-option", "bad-option", "bad-option",
		"bad-option", "bad-option", "bad-image", "bad-image", "bad-direction",
		"bad-option", "bad-option", "bad-option", "bad-option", "bad-style", "bad-option",
		"bad-style", "bad-style", "bad-style", "bad-option", "bad-image", "bad-option",
		"bad-option", "bad-option", "bad-option", "bad-style", "bad-image",
		"bad-option", "bad-style", "bad-style", "bad-option", "bad-option",
	}
	require.Len(t, got, len(want))
	for i, said := range got {
		assert.Regexp(t, "^"+want[i]+": [A-Za-z<].*\\.$", said, "call %d", i)
		assert.NotContains(t, said, "undefined (reading", "call %d", i)
	}
	assert.Zero(t, fetched.Load(), "downloads for calls that could not be")
}

// A download of which nothing more comes says so, ends after a while, and can be tried again.
func TestStalledDownloads(t *testing.T) {
	b := open(t)
	gate := make(chan struct{})
	stall := func(path, mime string, data []byte, before int) {
		b.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", mime)
			if before > 0 {
				w.Write(data[:before])
			}
			w.(http.Flusher).Flush()
			select {
			case <-gate:
			case <-r.Context().Done():
			}
			w.Write(data[before:])
		})
	}
	model := tiny(t)
	stall("/half.munit.safetensors", "application/octet-stream", model, len(model)/2)
	stall("/none.munit.safetensors", "application/octet-stream", model, 0)
	stall("/half.wasm", "application/wasm", []byte("\x00asm\x01\x00\x00\x00 and more"), 8)
	stall("/none.js", "text/javascript", nil, 0)
	type outcome struct {
		Code, Message string
		Stalled       bool
	}
	for _, options := range []string{
		`{ model: "/half.munit.safetensors" }`, `{ model: "/none.munit.safetensors" }`,
		`{ model: "/tiny.munit.safetensors", wasm: "/half.wasm" }`, `{ model: "/tiny.munit.safetensors", worker: "/none.js" }`,
	} {
		got := do[outcome](t, b, `
			let stalled = false;
			const e = await load({ ...`+options+`, device: "cpu", timeout: 3000, onProgress: (p) => (stalled ||= p.stalled === true) }).catch((e) => e);
			return { code: e.code, message: e.message, stalled };`)
		assert.Equal(t, "stalled", got.Code, "%s: %s", options, got.Message)
		assert.Contains(t, got.Message, "try again")
		assert.Equal(t, options == `{ model: "/half.munit.safetensors" }` || options == `{ model: "/none.munit.safetensors" }`, got.Stalled, options)
	}
	close(gate)
	assert.Equal(t, "no error", do[string](t, b, `return codeOf(load({ model: "/half.munit.safetensors", device: "cpu", timeout: 60000 }));`))
}
