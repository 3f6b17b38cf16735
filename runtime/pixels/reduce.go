package pixels

import (
	"image"
	"image/color"
	"math"
)

// The two things that pictures need before they are values. golang.org/x/image/draw does them too, for images of all kinds, which would be 3 %
// of all code that a visitor of the page has to download.

// onWhite gives img on a white ground: img itself if nothing shines through, since drawing a photograph pixel by pixel takes seconds in wasm.
func onWhite(img image.Image) *image.NRGBA {
	if n, ok := img.(*image.NRGBA); ok && n.Opaque() {
		return n
	}
	b := img.Bounds()
	at := func(x, y int) color.RGBA64 {
		r, g, b, a := img.At(x, y).RGBA()
		return color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)}
	}
	if direct, ok := img.(image.RGBA64Image); ok {
		at = direct.RGBA64At
	}
	flat := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			flat.SetNRGBA(x, y, whitened(at(b.Min.X+x, b.Min.Y+y)))
		}
	}
	return flat
}

// whitened is a pixel on white. Its colour is premultiplied: the ground adds what alpha lacks.
func whitened(c color.RGBA64) color.NRGBA {
	ground := 0xffff - c.A
	return color.NRGBA{uint8((c.R + ground) >> 8), uint8((c.G + ground) >> 8), uint8((c.B + ground) >> 8), 255}
}

// reduce scales an opaque src down to w×h by a triangular filter that is as wide as the reduction asks, first along rows, then along columns.
func reduce(src *image.NRGBA, w, h int) *image.NRGBA {
	const channels = 3
	b := src.Bounds()
	columns, rows := filter(b.Dx(), w), filter(b.Dy(), h)
	narrow := make([]float32, b.Dy()*w*channels)
	for y := range b.Dy() {
		from := src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):]
		for x, taps := range columns {
			to := narrow[(y*w+x)*channels:][:channels]
			for i, weight := range taps.weights {
				p := from[(taps.first+i)*4:]
				to[0] += weight * float32(p[0])
				to[1] += weight * float32(p[1])
				to[2] += weight * float32(p[2])
			}
		}
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	sums := make([]float32, w*channels)
	for y, taps := range rows {
		clear(sums)
		for i, weight := range taps.weights {
			for j, v := range narrow[(taps.first+i)*len(sums):][:len(sums)] {
				sums[j] += weight * v
			}
		}
		for x := range w {
			p := out.Pix[out.PixOffset(x, y):]
			for c := range channels {
				p[c] = uint8(min(sums[x*channels+c]+0.5, 255))
			}
			p[channels] = 255
		}
	}
	return out
}

// taps are the sources that one result along an axis is a weighted mean of.
type taps struct {
	first   int
	weights []float32 // their sum is 1
}

// filter reduces an axis of n pixels to count.
func filter(n, count int) []taps {
	width := float64(n) / float64(count) // of a result, and half of its triangle's base
	all := make([]taps, count)
	for i := range all {
		center := (float64(i)+0.5)*width - 0.5
		first, last := max(int(math.Ceil(center-width)), 0), min(int(math.Floor(center+width)), n-1)
		sum := 0.0
		for k := first; k <= last; k++ {
			sum += 1 - math.Abs(float64(k)-center)/width
		}
		t := taps{first: first}
		for k := first; k <= last; k++ {
			t.weights = append(t.weights, float32((1-math.Abs(float64(k)-center)/width)/sum))
		}
		all[i] = t
	}
	return all
}
