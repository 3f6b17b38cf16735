package data

import (
	"image"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/runtime/pixels"
)

// Options say what is made of a picture.
type Options struct {
	Size          int // the shorter side that pictures are resized to, in pixels; 0 keeps theirs, where crops fit
	Height, Width int // of the crops
	Channels      int // 1 or 3
	Seed          uint64
}

// Values is how many numbers a picture becomes.
func (o Options) Values() int { return o.Channels * o.Height * o.Width }

// read decodes the picture at path and resizes it.
func (o Options) read(path string) (*image.NRGBA, error) {
	m, err := picture.Open(path)
	if err != nil {
		return nil, err
	}
	return o.resize(m), nil
}

// resize makes the shorter side Size pixels, or, where Size is 0, enlarges m as far as crops need.
func (o Options) resize(m image.Image) *image.NRGBA {
	fitted := pixels.Fit(m, o.Size)
	b := fitted.Bounds()
	w, h := b.Dx(), b.Dy()
	var size image.Point
	switch short := min(w, h); {
	case o.Size > short:
		size = image.Pt(pixels.Scaled(w, o.Size, short), pixels.Scaled(h, o.Size, short))
	case o.Size == 0 && (w < o.Width || h < o.Height):
		scale := max(float64(o.Width)/float64(w), float64(o.Height)/float64(h))
		size = image.Pt(int(math.Round(float64(w)*scale)), int(math.Round(float64(h)*scale)))
	default:
		return fitted
	}
	to := image.NewNRGBA(image.Rectangle{Max: size})
	draw.BiLinear.Scale(to, to.Rect, fitted, b, draw.Src, nil)
	return to
}

// augmented takes a crop of m at random, flipped half of the time: values in [-1, 1], CHW.
func (o Options) augmented(m *image.NRGBA, r *rand.Rand) ([]float32, error) {
	b := m.Bounds()
	x, y, flip := r.IntN(b.Dx()-o.Width+1), r.IntN(b.Dy()-o.Height+1), r.IntN(2) == 1
	return o.crop(m, x, y, flip)
}

// middle takes the middle of m.
func (o Options) middle(m *image.NRGBA) ([]float32, error) {
	b := m.Bounds()
	return o.crop(m, (b.Dx()-o.Width)/2, (b.Dy()-o.Height)/2, false)
}

func (o Options) crop(m *image.NRGBA, x, y int, flip bool) ([]float32, error) {
	at := image.Rect(x, y, x+o.Width, y+o.Height).Add(m.Bounds().Min)
	values, _, _, err := pixels.Planes(m.SubImage(at), o.Channels, 1)
	if flip {
		for row := 0; row < len(values); row += o.Width {
			for i, j := row, row+o.Width-1; i < j; i, j = i+1, j-1 {
				values[i], values[j] = values[j], values[i]
			}
		}
	}
	return values, err
}

// Picture reads one picture without augmentation: the middle of it, values in [-1, 1], CHW.
func (o Options) Picture(path string) ([]float32, error) {
	m, err := o.read(path)
	if err != nil {
		return nil, err
	}
	return o.middle(m)
}
