package picture

import "image"

// chroma gives y's colour planes at the picture's full size, row by row, as libjpeg-turbo does and with it browsers and Pillow: where colour is
// stored at half the size, each of its samples is weighted 3 to 1 with the next one that is nearer to the pixel ("fancy upsampling"), in both
// directions where both are halved. At other ratios samples are repeated, as there.
func chroma(y *image.YCbCr) (cb, cr []uint8) {
	w, h := y.Rect.Dx(), y.Rect.Dy()
	half := [2]bool{} // in x, in y
	switch y.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		half[0] = true
	case image.YCbCrSubsampleRatio420:
		half = [2]bool{true, true}
	}
	narrow := half[0] && (w+1)/2 <= 2 // libjpeg-turbo repeats there
	if (!half[0] && !half[1]) || narrow || y.Rect.Min != (image.Point{}) {
		return repeated(y, y.Cb), repeated(y, y.Cr)
	}
	return smooth(y.Cb, y.CStride, w, h, half), smooth(y.Cr, y.CStride, w, h, half)
}

func repeated(y *image.YCbCr, from []uint8) []uint8 {
	w, h := y.Rect.Dx(), y.Rect.Dy()
	to := make([]uint8, w*h)
	for i := range to {
		to[i] = from[y.COffset(y.Rect.Min.X+i%w, y.Rect.Min.Y+i/w)]
	}
	return to
}

// smooth enlarges a plane to w×h. Its last sample in each direction is the last that the picture needs: beyond there is what fills up blocks.
func smooth(from []uint8, stride, w, h int, half [2]bool) []uint8 {
	columns, rows := w, h
	if half[0] {
		columns = (w + 1) / 2
	}
	if half[1] {
		rows = (h + 1) / 2
	}
	to := make([]uint8, w*h)
	sums := make([]int, columns) // of a row and the nearer of its neighbours, 3 to 1; without halving in y, the row
	for y := range h {
		row, next := y, y
		if half[1] {
			row = y / 2
			next = min(max(row-1+2*(y%2), 0), rows-1)
		}
		for x := range sums {
			sums[x] = int(from[row*stride+x])
			if half[1] {
				sums[x] = 3*sums[x] + int(from[next*stride+x])
			}
		}
		out := to[y*w:][:w]
		for x := range out {
			odd := x % 2
			switch {
			case !half[0]:
				out[x] = uint8((sums[x] + 1 + y%2) >> 2)
			case !half[1]:
				out[x] = uint8((3*sums[x/2] + sums[min(max(x/2-1+2*odd, 0), columns-1)] + 1 + odd) >> 2)
			default:
				out[x] = uint8((3*sums[x/2] + sums[min(max(x/2-1+2*odd, 0), columns-1)] + 8 - odd) >> 4)
			}
		}
	}
	return to
}

// fullRange gives a JPEG picture its colours (JFIF), in libjpeg's fixed-point numbers of 16 bits. Others are returned as they are.
func fullRange(m image.Image) image.Image {
	y, ok := m.(*image.YCbCr)
	if !ok {
		return m
	}
	cb, cr := chroma(y)
	return coloured(y, cb, cr, jfif)
}

// jfif is the colour of a pixel of a JPEG.
func jfif(luma, cb, cr uint8) (r, g, b uint8) {
	const one = 1 << 16
	const redCr, greenCb, greenCr, blueCb = 91881, 22554, 46802, 116130 // 1.402, 0.34414, 0.71414 and 1.772, times one
	l, u, v := int(luma), int(cb)-128, int(cr)-128
	return clampedInt(l + (redCr*v+one/2)>>16), clampedInt(l + (-greenCb*u-greenCr*v+one/2)>>16), clampedInt(l + (blueCb*u+one/2)>>16)
}

// coloured is y, opaque, with each pixel's colour as rgb gives it.
func coloured(y *image.YCbCr, cb, cr []uint8, rgb func(luma, cb, cr uint8) (r, g, b uint8)) *image.NRGBA {
	w, h := y.Rect.Dx(), y.Rect.Dy()
	to := image.NewNRGBA(image.Rect(0, 0, w, h))
	for py := range h {
		luma := y.Y[y.YOffset(y.Rect.Min.X, y.Rect.Min.Y+py):]
		for px := range w {
			i := py*w + px
			p := to.Pix[4*i:][:4]
			p[0], p[1], p[2] = rgb(luma[px], cb[i], cr[i])
			p[3] = 255
		}
	}
	return to
}

func clampedInt(v int) uint8 { return uint8(min(max(v, 0), 255)) }
