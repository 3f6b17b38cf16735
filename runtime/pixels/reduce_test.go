package pixels

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/draw"
)

// Both are held against golang.org/x/image/draw, which rounds downwards where we round to the nearest.
func TestReduceAndGroundAreAsInDraw(t *testing.T) {
	img := image.NewNRGBA(image.Rect(3, 5, 64, 42))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i / 7)
	}
	near := func(want, got *image.NRGBA) {
		require.Equal(t, want.Rect, got.Rect)
		for i, v := range want.Pix {
			require.InDelta(t, v, got.Pix[i], 1, "byte %d", i)
		}
	}
	ground := image.NewNRGBA(image.Rect(0, 0, 61, 37))
	draw.Draw(ground, ground.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(ground, ground.Rect, img, img.Rect.Min, draw.Over)
	flat := onWhite(img)
	near(ground, flat)
	require.Equal(t, flat, onWhite(struct{ image.Image }{img}), "an image of which nothing is known")

	for _, size := range []image.Point{{61, 37}, {60, 36}, {20, 12}, {7, 5}, {1, 1}} {
		want := image.NewNRGBA(image.Rectangle{Max: size})
		draw.BiLinear.Scale(want, want.Rect, flat, flat.Rect, draw.Src, nil)
		near(want, reduce(flat, size.X, size.Y))
	}
	white := reduce(onWhite(image.NewNRGBA(image.Rect(0, 0, 9, 9))), 3, 3)
	require.Equal(t, color.NRGBA{255, 255, 255, 255}, white.NRGBAAt(1, 1))
}
