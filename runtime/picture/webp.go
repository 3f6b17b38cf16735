package picture

import "image"

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
	w, h := y.Rect.Dx(), y.Rect.Dy()
	to := coloured(y, smoothVP8(y.Cb, y.CStride, w, h), smoothVP8(y.Cr, y.CStride, w, h), func(l, u, v uint8) (r, g, b uint8) { // in libwebp's fixed-point numbers
		const left = 6 // bits behind the point of these sums
		times := func(v uint8, factor int) int { return int(v) * factor >> 8 }
		luma := times(l, 19077) // 255/219
		red := luma + times(v, 26149) - 14234
		green := luma - times(u, 6419) - times(v, 13320) + 8708
		blue := luma + times(u, 33050) - 17685
		return clampedInt(red >> left), clampedInt(green >> left), clampedInt(blue >> left)
	})
	if alpha != nil {
		for i := range to.Rect.Dx() * to.Rect.Dy() {
			to.Pix[4*i+3] = alpha.A[alpha.AOffset(y.Rect.Min.X+i%to.Rect.Dx(), y.Rect.Min.Y+i/to.Rect.Dx())]
		}
	}
	return to
}

// smoothVP8 enlarges a plane of half the width and height to w×h as libwebp does: as smooth does, rounded at other places.
func smoothVP8(from []uint8, stride, w, h int) []uint8 {
	to := make([]uint8, w*h)
	for y := range h {
		row := from[y/2*stride:]
		next := from[min(max(y/2-1+2*(y%2), 0), (h+1)/2-1)*stride:]
		for x := range w {
			beside := x/2 - 1 + 2*(x%2)
			own, below := int(row[x/2]), int(next[x/2])
			if beside < 0 || beside >= (w+1)/2 {
				to[y*w+x] = uint8((3*own + below + 2) >> 2)
				continue
			}
			both := (own + 3*int(row[beside]) + 3*below + int(next[beside]) + 8) >> 3
			to[y*w+x] = uint8((both + own) >> 1)
		}
	}
	return to
}
