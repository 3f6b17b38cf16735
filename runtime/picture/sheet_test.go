package picture_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
)

func plain(w, h int, c color.Color) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	return m
}

func TestSheetOfOneRow(t *testing.T) {
	s, err := picture.NewSheet(1, 2)
	require.NoError(t, err)
	red, blue := color.RGBA{200, 0, 0, 255}, color.RGBA{0, 0, 200, 255}
	s.Set(0, 0, plain(40, 30, red))
	s.Set(0, 1, plain(40, 30, blue))
	s.Set(0, 2, plain(40, 30, red))
	m := s.Image()
	require.Equal(t, image.Rect(0, 0, 8+3*48, 8+38), m.Bounds())
	white := color.RGBA{255, 255, 255, 255}
	for x, want := range map[int]color.RGBA{2: white, 8: red, 47: red, 52: white, 56: blue, 95: blue, 100: white, 104: red, 150: white} {
		assert.Equal(t, want, m.RGBAAt(x, 20), "column %d", x)
	}
	assert.Equal(t, white, m.RGBAAt(20, 3))
	assert.Equal(t, white, m.RGBAAt(20, 43))
}

func TestSheetWithManyRowsAndSizes(t *testing.T) {
	s, err := picture.NewSheet(40, 1)
	require.NoError(t, err)
	for row := range 40 {
		s.Set(row, 0, plain(64, 48+row%3, color.NRGBA{uint8(row), 100, 0, 255}))
		s.Set(row, 1, plain(64, 48+row%3, color.NRGBA{uint8(row), 0, 100, 255}))
	}
	m := s.Image()
	ratio := float64(m.Rect.Dx()) / float64(m.Rect.Dy())
	assert.InDelta(t, 4.0/3, ratio, 0.5, "%v", m.Rect)
	seen := map[color.RGBA]bool{}
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			seen[m.RGBAAt(x, y)] = true
		}
	}
	for row := range 40 {
		assert.True(t, seen[color.RGBA{uint8(row), 100, 0, 255}] && seen[color.RGBA{uint8(row), 0, 100, 255}], "row %d", row)
	}
}

func TestSheetIsBounded(t *testing.T) {
	s, err := picture.NewSheet(100, 99)
	require.NoError(t, err)
	tile := plain(90, 90, color.Black)
	for i := range 100 {
		s.Set(i, 0, tile)
		s.Set(0, i, tile)
	}
	m := s.Image()
	assert.LessOrEqual(t, m.Rect.Dx()*m.Rect.Dy(), 64<<20)
	_, err = picture.NewSheet(1000, 999)
	assert.ErrorContains(t, err, "1000000 pictures are too many")
}
