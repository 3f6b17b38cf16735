package runtime_test

import (
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// TestQuantisedQuality holds quantised models to docs/networks.md, "Tolerances", on real drawings: the least PSNR against the unquantised model over pictures.
// testdata has the avatars model as it was before the shipped file's int8, in f16.
func TestQuantisedQuality(t *testing.T) {
	m, err := weights.Open("testdata/avatars-f16.munit.safetensors")
	require.NoError(t, err)
	original := load(t, m, runtime.DeviceCPU)
	drawings, err := filepath.Glob("../site/samples/avatars/*.png")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(drawings), 4)
	for dtype, least := range map[weights.DType]float64{weights.Int8: 38, weights.Int4: 28} {
		q, err := m.Convert(dtype)
		require.NoError(t, err)
		quantised := load(t, q, runtime.DeviceCPU)
		for i, file := range drawings[:4] {
			in := runtime.Fit(readPNG(t, file), runtime.DefaultSize(m.Config, weights.A2B))
			style := original.RandomStyle(7, i)
			want, err := original.Translate(t.Context(), in, weights.A2B, style)
			require.NoError(t, err)
			got, err := quantised.Translate(t.Context(), in, weights.A2B, style)
			require.NoError(t, err)
			require.GreaterOrEqual(t, psnr(got, want), least, "%s, %s", dtype, file)
		}
	}
}

// psnr is the peak signal-to-noise ratio of two opaque pictures in dB.
func psnr(a, b *image.NRGBA) float64 {
	var sum float64
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255/(sum/float64(3*len(a.Pix)/4)))
}

func readPNG(t *testing.T, name string) image.Image {
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	return img
}
