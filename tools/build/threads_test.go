package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// wide is a model whose convolutions are worth sharing between threads.
func wide(t *testing.T) []byte {
	t.Helper()
	m := formula.Model(weights.Config{
		Gen:       weights.Gen{Dim: 16, MLPDim: 32, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 2, PadType: "reflect"},
		InputDimA: 3, InputDimB: 3, NewSize: 64,
	}, "threads", "", "")
	m.License, m.Source = "none", "a formula"
	var file bytes.Buffer
	_, err := m.WriteTo(&file)
	require.NoError(t, err)
	return file.Bytes()
}

// threads are helpers for scripts: who lives is who holds a lock.
const threads = `
const options = { model: "/wide.munit.safetensors", device: "cpu" };
const until = async (ok) => { for (let i = 0; !(await ok()); i++) { if (i > 1500) return false; await new Promise((r) => setTimeout(r, 20)); } return true; };
const hands = async () => (await navigator.locks.query()).held.filter(({ name }) => name.startsWith("munit-hand-")).length;
const withThreads = async (n) => {
	const m = await load({ ...options, threads: n });
	if (!(await until(() => m.info.device.threads === n))) throw new Error("there are " + m.info.device.threads + " threads");
	return m;
};
`

// openWide opens a browser on a page that has the wide model, and is cross-origin isolated or not.
func openWide(t *testing.T, isolated bool) *browser { return openModel(t, wide(t), isolated) }

// openModel is openWide for a model's file.
func openModel(t *testing.T, model []byte, isolated bool) *browser {
	b := open(t)
	b.bytes("/wide.munit.safetensors", "application/octet-stream", model)
	b.mux.HandleFunc("/isolated", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Write([]byte("<!doctype html><title>isolated</title>"))
	})
	if isolated {
		b.visit(t, "/isolated")
	}
	return b
}

// TestThreads: several threads draw what one draws, on hosts that isolate their pages and on others, and go with the translator.
func TestThreads(t *testing.T) {
	model := wide(t)
	tr := native(t, model)
	img := runtime.Fit(testPicture(64, 56), 0)
	want, err := tr.Translate(t.Context(), img, weights.A2B, tr.RandomStyle(seed, 0))
	require.NoError(t, err)
	for _, isolated := range []bool{false, true} {
		b := openWide(t, isolated)
		got := do[struct {
			Isolated  bool
			One       pixels
			Two       pixels
			Three     pixels
			Memory    []float64
			Hands     []int
			AllGone   bool
			LikeFirst bool
		}](t, b, threads+`
			const memory = [], hold = [];
			const draw = async (n) => {
				const m = await withThreads(n);
				const style = m.randomStyle(`+"7"+`);
				const image = await m.translate(picture(64, 56), { style, size: 0 });
				hold.push(await hands());
				memory.push((await m.memory()).wasm);
				const content = await m.encode(picture(64, 56), { size: 0 });
				const again = await m.decodeBatch(content, [style, style, style]);
				const like = again.every((one) => one.data.every((v, i) => Math.abs(v - image.data[i]) <= 2));
				m.dispose();
				return { ...numbers(image), like };
			};
			const [one, two, three] = [await draw(1), await draw(2), await draw(3)];
			return { isolated: crossOriginIsolated, one, two, three, memory, hands: hold, likeFirst: one.like && two.like && three.like,
				allGone: await until(async () => !(await hands())) };`)
		assert.Equal(t, isolated, got.Isolated)
		requireSame(t, want, got.One)
		requireSame(t, want, got.Two)
		requireSame(t, want, got.Three)
		assert.Equal(t, []int{0, 1, 2}, got.Hands)
		assert.Greater(t, got.Memory[1], got.Memory[0], "the sum of all")
		assert.True(t, got.LikeFirst)
		assert.True(t, got.AllGone, "dispose leaves workers behind")
	}
}

// TestThreadsOnShippedModels: the models that visitors get, at their own size.
func TestThreadsOnShippedModels(t *testing.T) {
	for _, name := range []string{"wares", "avatars"} {
		model, err := os.ReadFile("../../weights/" + name + ".munit.safetensors")
		require.NoError(t, err)
		tr := native(t, model)
		want, err := tr.Translate(t.Context(), runtime.Fit(testPicture(128, 128), 0), weights.A2B, tr.RandomStyle(seed, 0))
		require.NoError(t, err)
		for _, isolated := range []bool{false, true} {
			got := do[[]pixels](t, openModel(t, model, isolated), threads+`
				const all = [];
				for (const n of [1, 2]) {
					const m = await withThreads(n);
					all.push(numbers(await m.translate(picture(128, 128), { style: m.randomStyle(7), size: 0 })));
					m.dispose();
				}
				return all;`)
			require.Len(t, got, 2)
			for _, one := range got {
				requireSame(t, want, one)
			}
		}
	}
}

// TestThreadsKeepMemory: Go's heap finds its size in steps, some of them late, and then 200 pictures more on two threads take nothing at all. With
// something left behind by each it would grow for ever.
func TestThreadsKeepMemory(t *testing.T) {
	for _, isolated := range []bool{false, true} {
		got := do[[]float64](t, openWide(t, isolated), threads+`
			const m = await withThreads(2);
			const memory = [];
			for (let i = 1; i <= 860 && (memory.length < 2 || memory.at(-1) > memory.at(-2)); i++) {
				await m.translate(picture(64, 56), { style: m.randomStyle(i), size: 0 });
				if (i % 200 === 60) memory.push((await m.memory()).wasm);
			}
			m.dispose();
			return memory;`)
		require.GreaterOrEqual(t, len(got), 2)
		assert.Equal(t, got[len(got)-2], got[len(got)-1], "bytes of WebAssembly's memory after each 200 pictures, isolated %v: %v", isolated, got)
	}
}

// TestThreadsThatEnd: whatever happens to another thread, the call completes.
func TestThreadsThatEnd(t *testing.T) {
	for _, isolated := range []bool{false, true} {
		threadsThatEnd(t, isolated)
	}
}

func threadsThatEnd(t *testing.T, isolated bool) {
	b := openWide(t, isolated)
	// A worker that is the real one, but for a hand that misbehaves.
	b.mux.HandleFunc("/worker.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		fmt.Fprintf(w, "import %q; import '/some/path/munit-worker.js';", "/fault.js?how="+r.URL.Query().Get("how"))
	})
	b.mux.HandleFunc("/fault.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Write([]byte(`
			const how = new URL(import.meta.url).searchParams.get("how");
			const early = (e) => {
				if (!e.data.hire) return;
				if (how === "throw") { e.stopImmediatePropagation(); setTimeout(() => { throw new Error("on purpose"); }); }
				if (how === "module") e.data.hire.model = new Uint8Array(10);
				if (how === "unknown") { e.stopImmediatePropagation(); self.close(); }
			};
			self.addEventListener("message", early);
			if (how === "gone" || how === "crash") {
				self.addEventListener("message", (e) => {
					if (!e.data.take) return;
					e.stopImmediatePropagation();
					if (how === "gone") self.close(); else setTimeout(() => { throw new Error("on purpose"); });
				});
			}
			if (how === "late") {
				let n = 0;
				const notify = Atomics.notify;
				self.addEventListener("message", (e) => { if (e.data.take) Atomics.notify = (...a) => { if (++n > 2) throw new Error("on purpose"); return notify(...a); }; });
				self.addEventListener("message", (e) => {
					for (const port of e.data.link?.ports ?? []) if (port) { const post = port.postMessage.bind(port); port.postMessage = (...a) => (++n < 3 ? post(...a) : self.close()); }
				});
			}
		`))
	})
	got := do[map[string]struct {
		Threads int
		Same    bool
		Gone    bool
	}](t, b, threads+`
		const one = await load({ ...options, threads: 1 });
		const style = one.randomStyle(7);
		const want = await one.translate(picture(64, 56), { style, size: 0 });
		one.dispose();
		const results = {};
		for (const how of ["throw", "module", "unknown", "gone", "crash", "late"]) {
			const m = await load({ ...options, threads: 2, worker: "/worker.js?how=" + how });
			const starts = !["throw", "module", "unknown"].includes(how);
			if (starts && !(await until(() => m.info.device.threads === 2))) throw new Error(how + ": it did not start");
			const image = await m.translate(picture(64, 56), { style, size: 0 });
			const gone = await until(async () => !(await hands()));
			await m.memory();
			results[how] = { threads: m.info.device.threads, gone, same: image.data.every((v, i) => Math.abs(v - want.data[i]) <= 2) };
			m.dispose();
		}
		return results;`)
	require.Len(t, got, 6)
	for how, r := range got {
		assert.True(t, r.Same, how)
		assert.True(t, r.Gone, how)
		assert.Equal(t, 1, r.Threads, how)
	}
}

// TestThreadsAbort: an abort in the midst of a picture leaves the threads ready for the next, and dispose leaves none.
func TestThreadsAbort(t *testing.T) {
	for _, isolated := range []bool{false, true} {
		threadsAbort(t, openWide(t, isolated))
	}
}

func threadsAbort(t *testing.T, b *browser) {
	got := do[struct {
		Codes   []string
		Hands   int
		Same    bool
		AllGone bool
	}](t, b, threads+`
		const m = await withThreads(3);
		const style = m.randomStyle(7);
		const want = await m.translate(picture(64, 56), { style, size: 0 });
		const codes = [];
		for (const ms of [1, 10, 30, 60]) {
			const stop = new AbortController();
			const call = codeOf(m.translate(picture(400, 400), { style, size: 0, signal: stop.signal }));
			setTimeout(() => stop.abort(), ms);
			codes.push(await call);
		}
		const again = await m.translate(picture(64, 56), { style, size: 0 });
		const held = await hands();
		const last = codeOf(m.translate(picture(400, 400), { style, size: 0 }));
		setTimeout(() => m.dispose(), 50);
		codes.push(await last);
		return { codes, hands: held, same: again.data.every((v, i) => Math.abs(v - want.data[i]) <= 2), allGone: await until(async () => !(await hands())) };`)
	assert.Equal(t, []string{"aborted", "aborted", "aborted", "aborted", "disposed"}, got.Codes)
	assert.Equal(t, 2, got.Hands)
	assert.True(t, got.Same)
	assert.True(t, got.AllGone)
}

func TestThreadsOption(t *testing.T) {
	got := do[struct {
		Codes   []string
		Many    int
		Element []string
	}](t, openWide(t, false), threads+`
		const codes = [];
		for (const threads of [0, -1, NaN, 1.5, "2", null]) codes.push(await codeOf(load({ ...options, threads })));
		const m = await load({ ...options, threads: 1000 });
		await until(() => m.info.device.threads === 8);
		await m.translate(picture(64, 56), { size: 0 });
		const many = m.info.device.threads;
		m.dispose();
		const element = [];
		const url = URL.createObjectURL(await new Promise((r) => { const c = document.createElement("canvas"); c.width = c.height = 32; c.getContext("2d").fillRect(0, 0, 9, 9); c.toBlob(r); }));
		for (const threads of ["2", "0"]) {
			const e = document.createElement("munit-image");
			e.setAttribute("model", options.model), e.setAttribute("src", url), e.setAttribute("device", "cpu"), e.setAttribute("threads", threads);
			const end = new Promise((r) => { e.addEventListener("load", () => r("load")); e.addEventListener("error", ({ detail }) => r(detail.code + ": " + detail.message)); });
			document.body.append(e);
			element.push(await end);
			if (threads === "2" && !(await until(async () => (await hands()) === 1))) element.push("no second thread");
			e.remove();
		}
		return { codes, many, element };`)
	assert.Equal(t, []string{"bad-option", "bad-option", "bad-option", "bad-option", "bad-option", "bad-option"}, got.Codes)
	assert.Equal(t, 8, got.Many)
	require.Len(t, got.Element, 2)
	assert.Equal(t, "load", got.Element[0])
	assert.Contains(t, got.Element[1], "threads")
}
