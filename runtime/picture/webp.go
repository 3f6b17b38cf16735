package picture

import (
	"image"
	"math"
)

// videoRange gives a lossy WebP picture its colours. VP8 stores luma in [16, 235] and chroma in [16, 240] (ITU-R BT.601), but
// golang.org/x/image/webp returns it as image.YCbCr, which is JPEG's full range: white would be grey
// (https://github.com/golang/go/issues/40173). Pictures of other types, lossless ones among them, are returned as they are.
func videoRange(m image.Image) image.Image {
	var y *image.YCbCr
	alpha := func(int, int) uint8 { return 255 }
	switch m := m.(type) {
	case *image.YCbCr:
		y = m
	case *image.NYCbCrA:
		y = &m.YCbCr
		alpha = func(x, y int) uint8 { return m.A[m.AOffset(x, y)] }
	default:
		return m
	}
	to := image.NewNRGBA(y.Rect)
	for py := y.Rect.Min.Y; py < y.Rect.Max.Y; py++ {
		for px := y.Rect.Min.X; px < y.Rect.Max.X; px++ {
			at := y.COffset(px, py)
			luma := 255.0 / 219 * (float64(y.Y[y.YOffset(px, py)]) - 16)
			cb, cr := 255.0/224*(float64(y.Cb[at])-128), 255.0/224*(float64(y.Cr[at])-128)
			p := to.Pix[to.PixOffset(px, py):]
			p[0] = clamped(luma + 1.402*cr)
			p[1] = clamped(luma - 0.344136*cb - 0.714136*cr)
			p[2] = clamped(luma + 1.772*cb)
			p[3] = alpha(px, py)
		}
	}
	return to
}

func clamped(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 255))) }
