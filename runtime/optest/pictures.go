package optest

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// Picture is a translation as the PyTorch reference does it, from 8-bit pixels to 8-bit pixels, by a small model with weights by formula.
// Together they have every activation, padding, n_downsample 2 and 3, and 1 and 3 channels.
type Picture struct {
	Name      string
	Model     *weights.Model
	Direction weights.Direction
	Style     []float32
	In, Want  image.Image
}

// Pictures reads testdata/pictures.
func Pictures(t testing.TB) []Picture {
	read := func(name string) []byte {
		data, err := goldenFiles.ReadFile("testdata/pictures/" + name)
		require.NoError(t, err)
		return data
	}
	decode := func(name string) image.Image {
		img, err := png.Decode(bytes.NewReader(read(name)))
		require.NoError(t, err)
		return img
	}
	var index []struct {
		Name      string
		Direction weights.Direction
		Style     []float32
		Config    weights.Config
	}
	require.NoError(t, json.Unmarshal(read("pictures.json"), &index))
	var all []Picture
	for _, p := range index {
		all = append(all, Picture{Name: p.Name, Direction: p.Direction, Style: p.Style,
			Model: formula.Model(p.Config, "pictures/"+p.Name, "a", "b"),
			In:    decode(p.Name + ".in.png"), Want: decode(p.Name + ".out.png")})
	}
	return all
}

// MaxLevels is the largest difference of two pictures of one size in any channel, in grey levels of 255.
func MaxLevels(a, b image.Image) int {
	worst := 0
	r := a.Bounds()
	for y := range r.Dy() {
		for x := range r.Dx() {
			ar, ag, ab, _ := a.At(r.Min.X+x, r.Min.Y+y).RGBA()
			br, bg, bb, _ := b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y).RGBA()
			for _, d := range [3]int{int(ar>>8) - int(br>>8), int(ag>>8) - int(bg>>8), int(ab>>8) - int(bb>>8)} {
				worst = max(worst, d, -d)
			}
		}
	}
	return worst
}
