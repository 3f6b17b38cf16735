package main

import (
	"bytes"
	"net/http"
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

// openWide opens a browser on a page that has the model, and is cross-origin isolated or not.
func openWide(t *testing.T, isolated bool) *browser {
	b := open(t)
	b.bytes("/wide.munit.safetensors", "application/octet-stream", wide(t))
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
