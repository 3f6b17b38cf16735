package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// result is a load that should fail.
type result struct {
	Code, Message string
	Kept          int // models in the browser's cache afterwards
}

const tryLoad = `
const tryLoad = async (model) => {
	const e = await load({ model, device: "cpu" }).then((m) => m.dispose(), (e) => e);
	return { code: e?.code ?? "no error", message: e?.message ?? "", kept: await kept() };
};
`

func TestBadModelsAreExplainedAndNotKept(t *testing.T) {
	b := open(t)
	whole := tiny(t)
	const octets = "application/octet-stream"
	b.bytes("/bad/html.munit.safetensors", "text/html", []byte("<!doctype html><title>Not found</title>"))
	b.bytes("/bad/text.munit.safetensors", octets, []byte("This is not the model that you are looking for."))
	b.bytes("/bad/nan.munit.safetensors", octets, append(whole[:len(whole)-4:len(whole)-4], 0, 0, 0xc0, 0x7f))
	b.bytes("/bad/trailing.munit.safetensors", octets, append(whole[:len(whole):len(whole)], 0))
	b.mux.HandleFunc("/bad/half.munit.safetensors", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
		w.Write(whole[:len(whole)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	// A proxy that gave up may end a body that it announced no length for as if that were all.
	b.mux.HandleFunc("/bad/short.munit.safetensors", func(w http.ResponseWriter, _ *http.Request) {
		w.Write(whole[:len(whole)/2])
		w.(http.Flusher).Flush()
	})
	b.bytes("/promised/other.munit.safetensors", octets, whole)
	b.bytes("/promised/models.json", "application/json", manifest("other.munit.safetensors", []byte("another model")))

	for _, c := range []struct{ path, code, says string }{
		{"/bad/none.munit.safetensors", "model-http", "404"},
		{"/bad/html.munit.safetensors", "model-format", "web page"},
		{"/bad/text.munit.safetensors", "model-format", "not a munit model"},
		{"/bad/nan.munit.safetensors", "model-format", "NaN"},
		{"/bad/trailing.munit.safetensors", "model-format", "bytes"},
		{"/bad/half.munit.safetensors", "model-truncated", fmt.Sprint(len(whole))},
		{"/bad/short.munit.safetensors", "model-truncated", fmt.Sprint(len(whole))},
		{"/promised/other.munit.safetensors", "model-hash", "SHA-256"},
		{"http://127.0.0.1:1/x.munit.safetensors", "model-http", "could not be reached"},
	} {
		t.Run(c.path, func(t *testing.T) {
			got := do[result](t, b, tryLoad+`return tryLoad(`+quoted(t, c.path)+`);`)
			assert.Equal(t, c.code, got.Code)
			assert.Contains(t, got.Message, c.says)
			assert.Zero(t, got.Kept)
		})
	}
}

func TestModelsAreKept(t *testing.T) {
	b := open(t)
	var served atomic.Int32
	b.mux.HandleFunc("/m/tiny.munit.safetensors", func(w http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		w.Write(tiny(t))
	})
	b.bytes("/m/models.json", "application/json", manifest("tiny.munit.safetensors", tiny(t)))
	const url = `"/m/tiny.munit.safetensors"`
	const stages = `
		const stages = async () => {
			const seen = new Set();
			const m = await load({ model: ` + url + `, device: "cpu", onProgress: (p) => seen.add(p.stage) });
			await untilKept();
			m.dispose();
			return [...seen];
		};`

	assert.Equal(t, []string{"download", "verify", "start", "ready"}, do[[]string](t, b, stages+`return stages();`))
	assert.Equal(t, []string{"cached", "start", "ready"}, do[[]string](t, b, stages+`return stages();`))
	assert.EqualValues(t, 1, served.Load())

	// A damaged copy is thrown out and fetched again.
	after := do[[]string](t, b, stages+`
		const cache = await caches.open("munit-models-1");
		const [key] = await cache.keys();
		await cache.put(key, new Response(new Uint8Array(100), { headers: (await cache.match(key)).headers }));
		return [...await stages(), ...await stages()];`)
	assert.Equal(t, []string{"cached", "download", "verify", "start", "ready", "cached", "start", "ready"}, after)
	assert.EqualValues(t, 2, served.Load())
}

func TestOfflineAfterOneVisit(t *testing.T) {
	b := open(t)
	b.visit(t, "/some/path/")
	do[bool](t, b, `
		const r = await navigator.serviceWorker.register("/some/path/sw.js");
		await navigator.serviceWorker.ready;
		const m = await load({ model: "/some/path/models/avatars.munit.safetensors", device: "cpu" });
		await untilKept();
		m.dispose();
		return true;`)
	b.offline.Store(true)
	b.visit(t, "/some/path/")
	got := do[struct {
		Models []modelEntry
		Side   int
		Code   string
	}](t, b, `
		const { models } = await listModels("models/models.json");
		const m = await load({ model: "models/avatars.munit.safetensors", device: "cpu" });
		const image = await m.translate(picture(64, 64));
		const code = await codeOf(load({ model: "/tiny.munit.safetensors" }));
		return { models, side: image.width, code };`)
	assert.NotEmpty(t, got.Models)
	assert.Equal(t, 64, got.Side)
	assert.Equal(t, "model-http", got.Code, "a model never seen before")
}

// manifest is a models.json that promises data as the one model, file.
func manifest(file string, data []byte) []byte {
	sum := sha256.Sum256(data)
	return fmt.Appendf(nil, `{"models": [{"name": "m", "file": %q, "bytes": %d, "sha256": %q, "credits": ""}]}`, file, len(data), hex.EncodeToString(sum[:]))
}
