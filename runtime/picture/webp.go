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
	var alpha *image.NYCbCrA
	switch m := m.(type) {
	case *image.YCbCr:
		y = m
	case *image.NYCbCrA:
		y, alpha = &m.YCbCr, m
	default:
		return m
	}
	to := coloured(y, func(l, u, v uint8) (r, g, b uint8) {
		luma := 255.0 / 219 * (float64(l) - 16)
		cb, cr := 255.0/224*(float64(u)-128), 255.0/224*(float64(v)-128)
		return clamped(luma + 1.402*cr), clamped(luma - 0.344136*cb - 0.714136*cr), clamped(luma + 1.772*cb)
	})
	if alpha != nil {
		for i := range to.Rect.Dx() * to.Rect.Dy() {
			to.Pix[4*i+3] = alpha.A[alpha.AOffset(y.Rect.Min.X+i%to.Rect.Dx(), y.Rect.Min.Y+i/to.Rect.Dx())]
		}
	}
	return to
}

func clamped(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 255))) }
