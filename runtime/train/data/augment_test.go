package data

import (
	"image"
	"image/color"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
)

// TestAugmentation counts what the draws of a training see: half are flipped, and crops are of all places alike.
func TestAugmentation(t *testing.T) {
	const draws, w, h, crop = 3000, 20, 18, 16
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), 0, 255})
		}
	}
	path := filepath.Join(t.TempDir(), "ramp.png")
	require.NoError(t, picture.WritePNG(path, m))
	o := Options{Size: 0, Height: crop, Width: crop, Channels: 3, Seed: 11}
	f := NewFeed([]string{path, path, path}, o, 1, 0, 1)
	defer f.Close()
	level := func(v float32) int { return int(math.Round((float64(v) + 1) * 127.5)) }
	middle, err := o.Picture(t.Context(), path)
	require.NoError(t, err)
	assert.Equal(t, [2]int{(w - crop) / 2, (h - crop) / 2}, [2]int{level(middle[0]), level(middle[crop*crop])}, "without augmentation it is the middle")

	flips := map[bool]int{}
	places := map[[3]int]int{} // by x, y and flip
	var before bool
	changes := 0
	for n := range draws {
		values, err := f.draw(t.Context(), n)
		require.NoError(t, err)
		left, right, top := level(values[0]), level(values[crop-1]), level(values[crop*crop])
		flip := left > right
		flips[flip]++
		places[[3]int{min(left, right), top, map[bool]int{true: 1}[flip]}]++
		if n > 0 && flip != before {
			changes++
		}
		before = flip
	}
	// A share p of n draws has the deviation √(np(1−p)); five of them leave one failure in a million seeds.
	near := func(p float64, got int, what string, args ...any) {
		n := float64(draws)
		assert.InDelta(t, n*p, float64(got), 5*math.Sqrt(n*p*(1-p)), append([]any{what}, args...)...)
	}
	near(0.5, flips[true], "flips")
	near(0.5, changes, "whether a draw is flipped says nothing of the next")
	const cells = (w - crop + 1) * (h - crop + 1) * 2
	require.Len(t, places, cells, "%v", places)
	for at, got := range places {
		near(1./cells, got, "crops at %v", at)
	}
}
