package runtime_test

import (
	"context"
	"image"
	"image/color"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// model is small and has random weights: what is tested here is what surrounds the networks.
func model(change func(c *weights.Config)) *weights.Model {
	cfg := weights.Config{InputDimA: 3, InputDimB: 3, NewSize: 32,
		Gen: weights.Gen{Dim: 8, MLPDim: 16, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"}}
	if change != nil {
		change(&cfg)
	}
	return formula.Model(cfg, "translator", "a", "b")
}

func load(t *testing.T, m *weights.Model, d runtime.Device) *runtime.Translator {
	t.Helper()
	if d == runtime.DeviceGPU {
		needs.GPU(t)
	}
	tr, err := runtime.Load(t.Context(), m, runtime.Options{Device: d})
	require.NoError(t, err)
	t.Cleanup(func() { tr.Close() })
	return tr
}

// gradient is a colourful picture without symmetries.
func gradient(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8((x*7 + y*13) % 256), 255})
		}
	}
	return img
}

// TestPictures goes the whole way, pixels in and pixels out, within 2 grey levels of the reference in PyTorch.
func TestPictures(t *testing.T) {
	for _, d := range []runtime.Device{runtime.DeviceCPU, runtime.DeviceGPU} {
		for _, p := range optest.Pictures(t) {
			t.Run(string(d)+"/"+p.Name, func(t *testing.T) {
				got, err := load(t, p.Model, d).Translate(t.Context(), p.In, p.Direction, p.Style)
				require.NoError(t, err)
				require.Equal(t, p.Want.Bounds(), got.Bounds())
				require.LessOrEqual(t, optest.MaxLevels(got, p.Want), 2)
			})
		}
	}
}

func TestAnySize(t *testing.T) {
	tr := load(t, model(nil), runtime.DeviceCPU)
	s := tr.RandomStyle(1, 0)
	for _, size := range [][2]int{{8, 8}, {9, 15}, {33, 18}, {64, 8}} {
		img, err := tr.Translate(t.Context(), gradient(size[0], size[1]), weights.A2B, s)
		require.NoError(t, err)
		require.Equal(t, image.Rect(0, 0, size[0], size[1]), img.Bounds())
		require.True(t, img.Opaque())
	}
	_, err := tr.Translate(t.Context(), gradient(64, 7), weights.A2B, s)
	require.ErrorIs(t, err, runtime.ErrTooSmall)
	require.ErrorContains(t, err, "64×7 pixels, this model needs at least 8 a side")
	huge := image.NewUniform(color.White) // endless
	_, err = tr.Translate(t.Context(), huge, weights.A2B, s)
	require.ErrorIs(t, err, runtime.ErrTooLarge)
	_, err = tr.StyleOf(t.Context(), gradient(15, 99), weights.A2B)
	require.ErrorIs(t, err, runtime.ErrTooSmall)
}

// TestPaddingIsReflection: a picture that ends in its own reflection gives the same as the smaller one that is padded to it.
func TestPaddingIsReflection(t *testing.T) {
	tr := load(t, model(nil), runtime.DeviceCPU)
	small := gradient(14, 13)
	big := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for y := range 16 {
		for x := range 16 {
			big.Set(x, y, small.At(min(x, 26-x), min(y, 24-y)))
		}
	}
	s := tr.RandomStyle(5, 0)
	a, err := tr.Translate(t.Context(), small, weights.A2B, s)
	require.NoError(t, err)
	b, err := tr.Translate(t.Context(), big, weights.A2B, s)
	require.NoError(t, err)
	for y := range 13 {
		for x := range 14 {
			require.Equal(t, b.At(x, y), a.At(x, y))
		}
	}
}

func TestStyles(t *testing.T) {
	tr := load(t, model(nil), runtime.DeviceCPU)
	require.Equal(t, tr.RandomStyle(7, 3), tr.RandomStyle(7, 3))
	require.NotEqual(t, tr.RandomStyle(7, 3), tr.RandomStyle(7, 4))
	require.NotEqual(t, tr.RandomStyle(7, 3), tr.RandomStyle(8, 3))
	var sum, squares float64
	const n = 2000
	for i := range n {
		for _, v := range tr.RandomStyle(42, i) {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
	}
	assert.InDelta(t, 0, sum/(8*n), 0.03)
	assert.InDelta(t, 1, squares/(8*n), 0.05)

	// The sequence is a promise: a seed in a link must give the same picture for ever.
	want := runtime.Style{-0.3656324, 0.2590252, -0.5071013, -1.073459, 0.5512917, 0.2058433, -0.0980263, 0.5261608}
	assert.InDeltaSlice(t, want, tr.RandomStyle(7, 0), 1e-6)

	a, b := runtime.Style{0, 2}, runtime.Style{4, 4}
	between, err := runtime.Interpolate(a, b, 0.25)
	require.NoError(t, err)
	assert.Equal(t, runtime.Style{1, 2.5}, between)
	for _, other := range []runtime.Style{nil, {1}, {1, 2, 3}} {
		_, err = runtime.Interpolate(a, other, 0.25)
		require.ErrorIs(t, err, runtime.ErrStyleLength)
	}

	c, err := tr.Encode(t.Context(), gradient(16, 16), weights.A2B)
	require.NoError(t, err)
	defer c.Close()
	_, err = tr.Decode(t.Context(), c, runtime.Style{1, 2, 3})
	require.ErrorIs(t, err, runtime.ErrStyleLength)
	require.ErrorContains(t, err, "the style has 3 values, this model's styles have 8")
	encoded, err := tr.StyleOf(t.Context(), gradient(40, 21), weights.A2B)
	require.NoError(t, err)
	require.Len(t, encoded, 8)
	_, err = tr.Decode(t.Context(), c, encoded)
	require.NoError(t, err)
}

func TestDirections(t *testing.T) {
	m, err := model(func(c *weights.Config) { c.InputDimA = 1 }).Only(weights.A2B)
	require.NoError(t, err)
	tr := load(t, m, runtime.DeviceCPU)
	_, err = tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(1, 0))
	require.NoError(t, err)
	_, err = tr.Translate(t.Context(), gradient(16, 16), weights.B2A, tr.RandomStyle(1, 0))
	require.ErrorIs(t, err, runtime.ErrDirection)
}

// TestEveryActivationAndPadding: each config of an NVlabs YAML builds and runs.
func TestEveryActivationAndPadding(t *testing.T) {
	for _, activ := range []string{"relu", "lrelu", "prelu", "selu", "tanh", "none"} {
		for _, pad := range []string{"reflect", "zero", "replicate"} {
			tr := load(t, model(func(c *weights.Config) { c.Gen.Activ, c.Gen.PadType = activ, pad }), runtime.DeviceCPU)
			_, err := tr.Translate(t.Context(), gradient(12, 16), weights.A2B, tr.RandomStyle(1, 0))
			require.NoError(t, err, "%s %s", activ, pad)
		}
	}
}

func TestConcurrentCallsAndClose(t *testing.T) {
	tr := load(t, model(nil), runtime.DeviceCPU)
	want, err := tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(0, 0))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 4 { // other sizes in between make programs come and go
				_, err := tr.Translate(t.Context(), gradient(8+4*i, 16), weights.B2A, tr.RandomStyle(1, i))
				assert.NoError(t, err)
				got, err := tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(0, 0))
				assert.NoError(t, err)
				assert.Equal(t, want, got)
			}
		})
	}
	wg.Wait()
	c, err := tr.Encode(t.Context(), gradient(16, 16), weights.A2B)
	require.NoError(t, err)
	c.Close()
	c.Close()
	_, err = tr.Decode(t.Context(), c, tr.RandomStyle(0, 0))
	require.ErrorIs(t, err, runtime.ErrClosed)
	require.NoError(t, tr.Close())
	_, err = tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(0, 0))
	require.ErrorIs(t, err, runtime.ErrClosed)
}

func TestCancel(t *testing.T) {
	tr := load(t, model(func(c *weights.Config) { c.Gen.Dim = 32 }), runtime.DeviceCPU)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := tr.Translate(ctx, gradient(512, 512), weights.A2B, tr.RandomStyle(0, 0))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(0, 0))
	require.NoError(t, err, "a cancelled call must leave the translator usable")
}

func TestFit(t *testing.T) {
	assert.Equal(t, image.Rect(0, 0, 96, 64), runtime.Fit(gradient(192, 128), 64).Bounds())
	for from, to := range map[image.Point]image.Point{ // torchvision: int(size * long / short)
		{640, 427}: {95, 64}, {427, 640}: {64, 95}, {127, 100}: {81, 64}, {129, 65}: {127, 64}, {1000, 333}: {192, 64}, {65, 65}: {64, 64}, {16384, 65}: {16131, 64},
	} {
		assert.Equal(t, image.Rectangle{Max: to}, runtime.Fit(image.NewGray(image.Rectangle{Max: from}), 64).Bounds(), from)
	}
	assert.Equal(t, image.Rect(0, 0, 40, 30), runtime.Fit(gradient(40, 30), 64).Bounds(), "never enlarged")
	assert.Equal(t, image.Rect(0, 0, 192, 128), runtime.Fit(gradient(192, 128), 0).Bounds())
	clear := image.NewNRGBA(image.Rect(3, 3, 13, 13))
	assert.Equal(t, color.NRGBA{255, 255, 255, 255}, runtime.Fit(clear, 0).At(0, 0), "transparent is white")
	checks := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range checks.Pix {
		checks.Pix[i] = uint8(255 * ((i + i/64) % 2))
	}
	assert.InDelta(t, 127, runtime.Fit(checks, 16).NRGBAAt(8, 8).R, 3, "reduced with a filter, not by picking pixels")
}
