//go:build !race

package e2e

import (
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	_ "image/png" // the samples
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// native is the runtime outside the browser, on the CPU.
type native struct {
	*runtime.Translator
	modelSize int // in bytes, as a file
	samples   []image.Image
}

// openNative loads a model, and a folder of samples as the page will find it on the site.
func openNative(t *testing.T, file []byte, samples string) *native {
	t.Helper()
	model, err := weights.Parse(file)
	require.NoError(t, err)
	translator, err := runtime.Load(t.Context(), model, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	t.Cleanup(func() { translator.Close() })

	list, err := os.ReadFile(filepath.Join(samples, "samples.json"))
	require.NoError(t, err)
	var names struct{ Samples []struct{ File string } }
	require.NoError(t, json.Unmarshal(list, &names))
	n := &native{Translator: translator, modelSize: len(file)}
	for _, sample := range names.Samples {
		n.samples = append(n.samples, readPicture(t, filepath.Join(samples, sample.File)))
	}
	return n
}

// paint translates a drawing as the page should.
func (n *native) paint(t *testing.T, drawing image.Image, style runtime.Style) *image.NRGBA {
	t.Helper()
	small := runtime.Fit(drawing, runtime.DefaultSize(n.Model().Config, weights.A2B))
	picture, err := n.Translate(t.Context(), small, weights.A2B, style)
	require.NoError(t, err)
	return picture
}

// styleOf takes the style of a picture as the page should.
func (n *native) styleOf(t *testing.T, picture image.Image) runtime.Style {
	t.Helper()
	style, err := n.StyleOf(t.Context(), runtime.Fit(picture, runtime.DefaultSize(n.Model().Config, weights.A2B)), weights.A2B)
	require.NoError(t, err)
	return style
}

// blank is the page's sheet before anybody draws.
func blank(colour color.Color) image.Image {
	sheet := image.NewNRGBA(image.Rect(0, 0, 128, 128))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(colour), image.Point{}, draw.Src)
	return sheet
}

func readPicture(t *testing.T, path string) image.Image {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	picture, _, err := image.Decode(file)
	require.NoError(t, err)
	return picture
}
