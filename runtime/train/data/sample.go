package data

import (
	"context"
	"fmt"
	"image"
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
func (o Options) read(ctx context.Context, path string) (*image.NRGBA, error) {
	m, err := picture.OpenContext(ctx, path)
	if err != nil {
		return nil, err
	}
	fitted, err := o.resize(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return fitted, nil
}

// resize makes the shorter side Size pixels, or leaves it where Size is 0, and longer where a crop would not fit: then the crop has the whole
// of the picture in one direction. A picture so long and narrow that this would fill the memory is an error.
func (o Options) resize(m image.Image) (*image.NRGBA, error) {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	short := min(w, h)
	size := short
	if o.Size != 0 {
		size = o.Size
	}
	size = max(size, upTo(o.Width, short, w), upTo(o.Height, short, h))
	if size <= short {
		return pixels.Fit(m, size), nil
	}
	w, h = pixels.Scaled(w, size, short), pixels.Scaled(h, size, short)
	if int64(w)*int64(h) > picture.MaxPixels {
		return nil, fmt.Errorf("%w: as large as training asks it would be %d×%d pixels", picture.ErrTooLarge, w, h)
	}
	to := image.NewNRGBA(image.Rect(0, 0, w, h))
	flat := pixels.Fit(m, 0)
	draw.BiLinear.Scale(to, to.Rect, flat, flat.Bounds(), draw.Src, nil)
	return to, nil
}

// upTo is what the shorter side, short, has to become for a side of n pixels to get least.
func upTo(least, short, n int) int { return (least*short + n - 1) / n }

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

// Picture reads one picture without augmentation: the middle of it, values in [-1, 1], CHW. It ends with ctx. The error names path.
func (o Options) Picture(ctx context.Context, path string) ([]float32, error) {
	m, err := o.read(ctx, path)
	if err != nil {
		return nil, err
	}
	values, err := o.middle(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, nil
}
