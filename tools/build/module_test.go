package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// moduleInfo is Info of types.ts.
type moduleInfo struct {
	Model struct {
		Domains         struct{ A, B string }
		Directions      []string
		StyleDirections []string
		Size, StyleDim  int
		DType           string
		License, Source string
	}
	Device struct {
		Kind, Name, Backend string
		Software            bool
	}
	Reason string
}

func TestTranslate(t *testing.T) {
	b := open(t)
	for _, device := range []string{"cpu", "gpu"} {
		t.Run(device, func(t *testing.T) {
			got := do[struct {
				Info   moduleInfo
				First  pixels
				Second pixels
				Style  []float32
				Bytes  int
			}](t, b, `
				const m = await load({ model: "/tiny.munit.safetensors", device: "`+device+`" });
				const content = await m.encode(picture(24, 20));
				const first = numbers(await m.decode(content, m.randomStyle(7)));
				content.dispose();
				const second = numbers(await m.translate(picture(24, 20), { seed: 7n, index: 1 }));
				const style = Array.from(await m.styleOf(picture(24, 20)));
				m.dispose();
				return { info: m.info, first, second, style };`)
			assert.Equal(t, []string{"a2b", "b2a"}, got.Info.Model.Directions)
			assert.Equal(t, []string{"a2b", "b2a"}, got.Info.Model.StyleDirections)
			assert.Equal(t, 16, got.Info.Model.Size)
			assert.Equal(t, 3, got.Info.Model.StyleDim)
			assert.Equal(t, "f32", got.Info.Model.DType)
			assert.Equal(t, "a formula", got.Info.Model.Source)
			assert.Equal(t, "b", got.Info.Model.Domains.B)
			assert.Equal(t, device, got.Info.Device.Kind)
			assert.Empty(t, got.Info.Reason, "the device was asked for by name")
			requireSame(t, expected(t, 0), got.First)
			requireSame(t, expected(t, 1), got.Second)

			tr := native(t, tiny(t))
			style, err := tr.StyleOf(t.Context(), runtime.Fit(testPicture(24, 20), 16), weights.A2B)
			require.NoError(t, err)
			for i, v := range style {
				assert.InDelta(t, v, got.Style[i], 2e-3)
			}
		})
	}
}

func TestAutoSaysWhyItTookTheCPU(t *testing.T) {
	info := do[moduleInfo](t, open(t), `
		const m = await load({ model: "/tiny.munit.safetensors" });
		m.dispose();
		return m.info;`)
	assert.Equal(t, "cpu", info.Device.Kind)
	assert.Contains(t, info.Reason, "emulated by the CPU")
}

func TestNoWebGPU(t *testing.T) {
	got := do[struct {
		Codes []string
		Info  moduleInfo
	}](t, open(t, "--disable-gpu", "--disable-software-rasterizer"), `
		const codes = [await codeOf(load({ model: "/tiny.munit.safetensors", device: "gpu" }))];
		const m = await load({ model: "/tiny.munit.safetensors" });
		codes.push(await codeOf(m.translate(picture(24, 20))), await codeOf(m.loseDevice()));
		return { codes, info: m.info };`)
	assert.Equal(t, []string{"no-webgpu", "no error", "no-webgpu"}, got.Codes)
	assert.Equal(t, "cpu", got.Info.Device.Kind)
	assert.NotEmpty(t, got.Info.Reason)
}

// Seeds must name the same styles here as natively, to the bit; JavaScript has its own code for them.
func TestStylesAreTheNativeOnes(t *testing.T) {
	got := do[struct {
		Styles  []uint32
		Between []uint32
	}](t, open(t), `
		const m = await load({ model: "/tiny.munit.safetensors", device: "cpu" });
		const bits = (s) => Array.from(new Uint32Array(s.buffer));
		const styles = [];
		for (const seed of [0, 1, 7, 2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
			for (let i = 0; i < 500; i++) styles.push(...bits(m.randomStyle(seed, i)));
		}
		const between = [0, 0.1, 1 / 3, 0.5, 1, 1.7].flatMap((t) => bits(interpolate(m.randomStyle(7), m.randomStyle(8), t)));
		return { styles, between };`)
	tr := native(t, tiny(t))
	var want, between []uint32
	bits := func(s runtime.Style) (b []uint32) {
		for _, v := range s {
			b = append(b, math.Float32bits(v))
		}
		return b
	}
	for _, seed := range []uint64{0, 1, 7, 1<<53 - 1, 1<<53 + 1, math.MaxUint64} {
		for i := range 500 {
			want = append(want, bits(tr.RandomStyle(seed, i))...)
		}
	}
	for _, x := range []float32{0, 0.1, 1.0 / 3, 0.5, 1, 1.7} {
		style, err := runtime.Interpolate(tr.RandomStyle(7, 0), tr.RandomStyle(8, 0), x)
		require.NoError(t, err)
		between = append(between, bits(style)...)
	}
	assert.Equal(t, want, got.Styles)
	assert.Equal(t, between, got.Between)
}

func TestEverySourceOfPixels(t *testing.T) {
	b := open(t)
	img := testPicture(24, 20)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255 // canvases round colours with alpha
	}
	b.bytes("/picture.png", "image/png", pngOf(t, img))
	b.bytes("/text.txt", "text/plain", []byte("no picture"))
	got := do[struct {
		Plain  pixels
		Same   []bool
		Errors []string
		Others []string
	}](t, b, `
		const m = await load({ model: "/tiny.munit.safetensors", device: "cpu" });
		const blob = await (await fetch("/picture.png")).blob();
		const img = new Image();
		img.src = "/picture.png";
		await img.decode();
		const draw = (canvas) => { canvas.width = 24; canvas.height = 20; canvas.getContext("2d").drawImage(img, 0, 0); return canvas; };
		const data = draw(document.createElement("canvas")).getContext("2d").getImageData(0, 0, 24, 20);
		const sources = [blob, img, await createImageBitmap(img), draw(document.createElement("canvas")), draw(new OffscreenCanvas(24, 20))];
		const inSvg = document.createElementNS("http://www.w3.org/2000/svg", "image");
		inSvg.setAttribute("href", "/picture.png");
		sources.push(new VideoFrame(draw(new OffscreenCanvas(24, 20)), { timestamp: 0 }), inSvg);
		const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1" fill="#c40"/></svg>';
		const drawn = new Image();
		drawn.src = "data:image/svg+xml," + encodeURIComponent(svg);
		const film = document.createElement("video");
		film.muted = true;
		const screen = draw(document.createElement("canvas"));
		const filming = setInterval(() => draw(screen), 30);
		film.srcObject = screen.captureStream();
		void film.play();
		while (film.readyState < 2) await new Promise((r) => setTimeout(r, 30));
		clearInterval(filming);
		const others = [];
		for (const s of [new Blob([svg], { type: "image/svg+xml" }), drawn, film]) others.push(await codeOf(m.translate(s, { seed: 7 })));
		const closed = new VideoFrame(draw(new OffscreenCanvas(24, 20)), { timestamp: 0 });
		closed.close();
		for (const s of [closed, document.createElement("video")]) others.push(await codeOf(m.translate(s, { seed: 7 })));
		const plain = numbers(await m.translate(data, { seed: 7 }));
		const same = [];
		for (const s of sources) same.push(String(numbers(await m.translate(s, { seed: 7 })).pixels) === String(plain.pixels));
		const broken = new Image();
		broken.src = "/text.txt";
		const errors = [];
		for (const s of [await (await fetch("/text.txt")).blob(), broken, document.createElement("canvas"), 42, null]) errors.push(await codeOf(m.translate(s)));
		const wide = document.createElement("canvas");
		wide.width = 0;
		errors.push(await codeOf(m.translate(wide)));
		errors.push(await codeOf(m.translate(picture(4, 4))));
		return { plain, same, errors, others };`)
	assert.Equal(t, []bool{true, true, true, true, true, true, true}, got.Same)
	assert.Equal(t, []string{"no error", "no error", "no error", "bad-image", "bad-image"}, got.Others, "an SVG file, an SVG <img> and a video; a closed frame and an empty video")
	assert.Equal(t, []string{"bad-image", "bad-image", "no error", "bad-image", "bad-image", "bad-image", "too-small"}, got.Errors)
	tr := native(t, tiny(t))
	want, err := tr.Translate(t.Context(), runtime.Fit(img, 16), weights.A2B, tr.RandomStyle(seed, 0))
	require.NoError(t, err)
	requireSame(t, want, got.Plain)
}

func TestMisuseIsExplained(t *testing.T) {
	got := do[[]string](t, open(t), `
		const codes = [await codeOf(load({ model: "/tiny.munit.safetensors", device: "tpu" }))];
		codes.push(await codeOf(load({ model: "/tiny.munit.safetensors", wasm: "/nothing.wasm" })));
		codes.push(await codeOf(load({ model: "/tiny.munit.safetensors", worker: "/nothing.js" })));
		const m = await load({ model: "/tiny.munit.safetensors", device: "cpu" });
		const p = picture(24, 20);
		const content = await m.encode(p);
		for (const call of [
			() => m.encode(p, { direction: "b2c" }), () => m.encode(p, { size: -1 }), () => m.encode(p, { size: 1.5 }),
			() => m.decode(content, new Float32Array(4)), () => m.decode(content, [0, 0, 0]), () => m.decode(content, Float32Array.of(0, NaN, 0)),
			() => m.decode({}, m.randomStyle(0)), async () => m.randomStyle(-1), async () => m.randomStyle(2n ** 64n), async () => m.randomStyle(0, -1),
			() => m.translate(p, { seed: 1, style: m.randomStyle(1) }), async () => interpolate(new Float32Array(2), new Float32Array(3), 0),
		]) codes.push(await codeOf(call()));
		const both = m.decode(content, m.randomStyle(0));
		content.dispose();
		content.dispose();
		codes.push(await codeOf(both), await codeOf(m.decode(content, m.randomStyle(0))));
		const running = codeOf(m.translate(p));
		m.dispose();
		codes.push(await running, await codeOf(m.translate(p)));
		return codes;`)
	assert.Equal(t, []string{
		"bad-option", "worker", "worker",
		"bad-direction", "bad-option", "bad-option",
		"bad-style", "bad-style", "bad-style",
		"bad-option", "bad-option", "bad-option", "bad-option",
		"bad-option", "bad-style",
		"no error", "disposed",
		"disposed", "disposed",
	}, got)
}

func TestAbort(t *testing.T) {
	got := do[struct {
		Codes         []string
		Whole, Waited float64 // milliseconds
		After         pixels
	}](t, open(t), `
		const codes = [];
		const dead = AbortSignal.abort();
		codes.push(await codeOf(load({ model: "/tiny.munit.safetensors", signal: dead })));
		const m = await load({ model: "/tiny.munit.safetensors", device: "cpu" });
		codes.push(await codeOf(m.translate(picture(24, 20), { signal: dead })));
		const large = picture(800, 800);
		let start = performance.now();
		(await m.encode(large, { size: 0 })).dispose();
		const whole = performance.now() - start;
		const stop = new AbortController();
		const long = codeOf(m.encode(large, { size: 0, signal: stop.signal }));
		await new Promise((r) => setTimeout(r, whole / 4));
		stop.abort();
		codes.push(await long);
		start = performance.now();
		const after = numbers(await m.translate(picture(24, 20), { seed: 7 }));
		return { codes, whole, waited: performance.now() - start, after };`)
	assert.Equal(t, []string{"aborted", "aborted", "aborted"}, got.Codes)
	assert.Less(t, got.Waited, got.Whole/2, "the next call waited for the aborted one to finish")
	requireSame(t, expected(t, 0), got.After)
}

func TestLostDeviceIsReplaced(t *testing.T) {
	got := do[struct {
		During, After pixels
		Info          moduleInfo
	}](t, open(t), `
		const m = await load({ model: "/tiny.munit.safetensors", device: "gpu" });
		const content = await m.encode(picture(24, 20));
		const running = m.decode(content, m.randomStyle(7));
		await m.loseDevice();
		const during = numbers(await running);
		await m.loseDevice();
		const after = numbers(await m.decode(content, m.randomStyle(7, 1)));
		return { during, after, info: m.info };`)
	requireSame(t, expected(t, 0), got.During)
	requireSame(t, expected(t, 1), got.After)
	assert.Equal(t, "gpu", got.Info.Device.Kind)
}

func TestDecodeBatch(t *testing.T) {
	got := do[struct {
		Batch  int
		Images []pixels
		Code   string
	}](t, open(t), `
		const m = await load({ model: "/tiny.munit.safetensors", device: "cpu" });
		const content = await m.encode(picture(24, 20));
		const images = await m.decodeBatch(content, [2, 0].map((i) => m.randomStyle(7, i)));
		const code = await codeOf(m.decodeBatch(content, [m.randomStyle(7), new Float32Array(1)]));
		return { batch: content.batch, images: images.map(numbers), code };`)
	assert.Equal(t, 1, got.Batch)
	require.Len(t, got.Images, 2)
	requireSame(t, expected(t, 2), got.Images[0])
	requireSame(t, expected(t, 0), got.Images[1])
	assert.Equal(t, "bad-style", got.Code)
}

// A page must be able to tell what it takes, and styles must not take more and more.
func TestMemory(t *testing.T) {
	type memory struct{ Wasm, Weights, Activations, Tensors, Staging, Peak, Live int }
	got := do[struct{ First, Later, CPU memory }](t, open(t), `
		const measure = async (m, styles) => {
			const content = await m.encode(picture(24, 20));
			for (let i = 0; i < styles; i++) await m.decode(content, m.randomStyle(7, i));
			const memory = await m.memory();
			content.dispose();
			return memory;
		};
		const m = await load({ model: "/tiny.munit.safetensors", device: "gpu" });
		const first = await measure(m, 1);
		const later = await measure(m, 10);
		const cpu = await measure(await load({ model: "/tiny.munit.safetensors", device: "cpu" }), 1);
		return { first, later, cpu };`)
	f := got.First
	assert.Greater(t, f.Wasm, f.Live)
	assert.GreaterOrEqual(t, f.Activations, f.Live)
	assert.GreaterOrEqual(t, f.Peak, f.Weights+f.Activations+f.Tensors+f.Staging)
	f.Wasm, got.Later.Wasm = 0, 0 // Go's, which is collected now and then
	assert.Equal(t, f, got.Later)
	assert.Equal(t, memory{Wasm: got.CPU.Wasm, Live: f.Live}, got.CPU)
}

// A runtime that crashes must end the calls under way, not leave them waiting.
func TestCrashIsReported(t *testing.T) {
	b := open(t)
	wasm := filepath.Join(t.TempDir(), "crash.wasm")
	s := site{root: "../.."}
	_, err := s.goTool(t.Context(), "build", "-o", wasm, "./tools/build/testdata/crash")
	require.NoError(t, err)
	program, err := os.ReadFile(wasm)
	require.NoError(t, err)
	b.bytes("/crash.wasm", "application/octet-stream", program) // as a host may that does not know wasm
	got := do[result](t, b, `
		const e = await load({ model: "/tiny.munit.safetensors", wasm: "/crash.wasm" }).catch((e) => e);
		return { code: e.code, message: e.message, kept: await kept() };`)
	assert.Equal(t, "internal", got.Code)
	assert.Contains(t, got.Message, "the last straw")
	assert.Zero(t, got.Kept)
}

func TestLatestWins(t *testing.T) {
	got := do[[]int](t, open(t), `
		const ran = [];
		const call = latest(async (x) => { ran.push(x); await new Promise((r) => setTimeout(r, 50)); return x; });
		const results = await Promise.all([1, 2, 3, 4].map((x) => call(x)));
		return [...ran, ...results.map((x) => x ?? 0)];`)
	assert.Equal(t, []int{4, 0, 0, 0, 4}, got)
}

// TestTuningIsRemembered: the second visitor of a browser computes at once as the first one's waiting found fastest, unless told not to.
func TestTuningIsRemembered(t *testing.T) {
	b := open(t)
	type tuned struct{ Before, After, Off int }
	visit := func(wait string) tuned {
		b.visit(t, "/")
		return do[tuned](t, b, `
			const m = await load({ model: "/tiny.munit.safetensors", device: "gpu" });
			const before = m.info.device.tuned;
			await m.translate(picture(24, 20), { seed: 7 });
			for (let rounds = 0; `+wait+`; rounds++) {
				await new Promise((r) => setTimeout(r, 100));
				await m.memory(); // any call brings news
			}
			const after = m.info.device.tuned;
			m.dispose();
			const plain = await load({ model: "/tiny.munit.safetensors", device: "gpu", tune: false });
			const off = plain.info.device.tuned;
			plain.dispose();
			return { before, after, off };`)
	}
	first := visit("m.info.device.tuned === 0")
	assert.Zero(t, first.Before)
	assert.Positive(t, first.After)
	assert.Zero(t, first.Off)
	second := visit("false")
	assert.GreaterOrEqual(t, second.Before, first.After)
	assert.Equal(t, second.Before, second.After, "and is not measured again")
	assert.Zero(t, second.Off)

	code := do[string](t, b, `return codeOf(load({ model: "/tiny.munit.safetensors", tune: "no" }));`)
	assert.Equal(t, "bad-option", code)
}
