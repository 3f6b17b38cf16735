//go:build !race && (amd64 || arm64 || wasm)

// Other processors can use no GPU (runtime/gpu/backends.go).

package weights_test

import (
	_ "embed"
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/weights"
)

// The files are part of the test, which so runs in browsers too.
var (
	//go:embed avatars.munit.safetensors
	avatars []byte
	//go:embed wares.munit.safetensors
	wares []byte
)

// TestShippedModelsOnGPU holds the pictures of the shipped models on a GPU against the CPU's. It is here because here are the models: only this
// folder's tests can take them in.
func TestShippedModelsOnGPU(t *testing.T) {
	needs.GPU(t)
	for name, file := range map[string][]byte{"avatars": avatars, "wares": wares} {
		t.Run(name, func(t *testing.T) {
			var pictures []*image.NRGBA
			for _, device := range []runtime.Device{runtime.DeviceCPU, runtime.DeviceGPU} {
				pictures = append(pictures, paint(t, file, device))
			}
			most := 0
			for i, want := range pictures[0].Pix {
				got := pictures[1].Pix[i]
				most = max(most, int(max(want, got)-min(want, got)))
			}
			assert.LessOrEqual(t, most, 2, "levels between CPU and GPU")
		})
	}
}

// paint translates a drawing of a few strokes.
func paint(t *testing.T, file []byte, device runtime.Device) *image.NRGBA {
	t.Helper()
	model, err := weights.Parse(file)
	require.NoError(t, err)
	translator, err := runtime.Load(t.Context(), model, runtime.Options{Device: device})
	require.NoError(t, err)
	defer translator.Close()
	drawing := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		x, y := i%64, i/64
		colour := color.NRGBA{255, 255, 255, 255}
		if d := (x-32)*(x-32) + (y-34)*(y-34); d > 380 && d < 480 || y == 30 && (x == 24 || x == 40) {
			colour = color.NRGBA{20, 20, 20, 255}
		}
		drawing.SetNRGBA(x, y, colour)
	}
	picture, err := translator.Translate(t.Context(), drawing, weights.A2B, translator.RandomStyle(7, 0))
	require.NoError(t, err)
	return picture
}
