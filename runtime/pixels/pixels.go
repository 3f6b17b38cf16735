// Package pixels maps between pictures and the values that networks take. Inference, in every face of webmunit, and training share it, so that
// a model meets in use what it met in training.
//
// What it exports may change with any version; runtime and weights are for other modules.
package pixels

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// Fit reduces img so that its shorter side is size pixels, by a bilinear filter as wide as the reduction asks; a smaller img, or any at
// size 0, keeps its size. Transparent parts go onto white. The result may be img itself.
func Fit(img image.Image, size int) *image.NRGBA {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if short := min(w, h); size > 0 && short > size {
		w, h = Scaled(w, size, short), Scaled(h, size, short)
	}
	flat := onWhite(img)
	if w == b.Dx() && h == b.Dy() {
		return flat
	}
	return reduce(flat, w, h)
}

// Scaled is how long a side of n pixels gets where the shorter side, short, becomes size. What is left of a pixel is cut off, as torchvision's
// Resize does: of 640×427 at 64 becomes 95×64.
func Scaled(n, size, short int) int { return n * size / short }

// Planes turns img into values in [-1, 1], CHW, reflect-padded at the right and bottom to multiples of multiple.
// One channel takes the luma (ITU-R 601), three take RGB.
func Planes(img image.Image, channels, multiple int) (values []float32, h, w int, err error) {
	if channels != 1 && channels != 3 {
		return nil, 0, 0, fmt.Errorf("the model's images have %d channels; pictures can be given to models of 1 or 3", channels)
	}
	flat, ok := img.(*image.NRGBA)
	if !ok {
		flat = onWhite(img)
	}
	b := flat.Bounds()
	h, w = Padded(b.Dy(), multiple), Padded(b.Dx(), multiple)
	values = make([]float32, channels*h*w)
	for y := range h {
		sy := reflect(y, b.Dy())
		for x := range w {
			p := flat.NRGBAAt(b.Min.X+reflect(x, b.Dx()), b.Min.Y+sy)
			if p.A < 255 { // Fit leaves none, and another look at all pixels would only say so
				p = whitened(flat.RGBA64At(b.Min.X+reflect(x, b.Dx()), b.Min.Y+sy))
			}
			if channels == 1 {
				values[y*w+x] = level(color.GrayModel.Convert(p).(color.Gray).Y)
				continue
			}
			for c, v := range [3]uint8{p.R, p.G, p.B} {
				values[(c*h+y)*w+x] = level(v)
			}
		}
	}
	return values, h, w, nil
}

func level(v uint8) float32 { return float32(v)/127.5 - 1 }

// Padded is the height or width to which Planes pads n pixels.
func Padded(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }

// reflect maps an index at or beyond n back inside, without repeating the border pixel.
func reflect(i, n int) int {
	if i >= n {
		i = 2*(n-1) - i
	}
	return i
}

// Image turns CHW values in [-1, 1] of rows by stride into an opaque image of w×h, cropping what Planes padded.
func Image(values []float32, channels, rows, stride, h, w int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p := img.Pix[img.PixOffset(x, y):]
			for c := range 3 {
				v := values[(min(c, channels-1)*rows+y)*stride+x]
				p[c] = uint8(math.Round(float64(min(max(v, -1), 1)+1) * 127.5))
			}
			p[3] = 255
		}
	}
	return img
}
