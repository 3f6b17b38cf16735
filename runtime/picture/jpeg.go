package picture

import (
	"image"
	"image/jpeg"
	"io"

	"github.com/webmunit/webmunit/runtime/picture/jpegs"
)

// decodeJPEG decodes a JPEG to the colours of libjpeg-turbo: those that image/jpeg keeps by it, the rarer ones by package jpegs.
func decodeJPEG(r io.ReadSeeker) (image.Image, error) {
	head, err := jpegs.Head(r)
	rare := err == nil && rareJPEG(head)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if !rare {
		m, err := jpeg.Decode(r)
		return fullRange(m), err
	}
	m, err := jpegs.Decode(r)
	if err != nil {
		return nil, err
	}
	planes := make([][]uint8, len(m.Planes))
	for i, p := range m.Planes {
		planes[i] = wholePlane(m, p)
	}
	if len(planes) == 4 {
		return inked(m, planes), nil
	}
	to := image.NewNRGBA(image.Rect(0, 0, m.Width, m.Height))
	for i := range planes[0] {
		r, g, b := planes[0][i], planes[1][i], planes[2][i]
		if !storesRGB(m) {
			r, g, b = jfif(r, g, b)
		}
		*(*[4]uint8)(to.Pix[4*i:]) = [4]uint8{r, g, b, 255}
	}
	return to, nil
}

// rareJPEG reports whether image/jpeg would refuse a JPEG, repeat its colours where libjpeg-turbo interpolates, or, of colours at half the height, be a
// level off in planes that the conversion to RGB multiplies.
func rareJPEG(m *jpegs.Image) bool {
	subsampled := false
	for _, p := range m.Planes {
		subsampled = subsampled || p.H != m.MaxH || p.V != m.MaxV
	}
	switch {
	case !subsampled:
		return m.MaxH == 3 || m.MaxV > 2
	case len(m.Planes) == 4 || storesRGB(m):
		return true
	}
	l, cb, cr := m.Planes[0], m.Planes[1], m.Planes[2]
	across, down := m.MaxH/cb.H, m.MaxV/cb.V
	return l.H != m.MaxH || l.V != m.MaxV || cb.H != cr.H || cb.V != cr.V || m.MaxH == 3 || m.MaxV > 2 || across == 1 && down == 2
}

// rareSize is the size of a JPEG that image/jpeg does not know.
func rareSize(r io.ReadSeeker) (image.Point, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return image.Point{}, err
	}
	head, err := jpegs.Head(r)
	if err != nil {
		return image.Point{}, err
	}
	return image.Pt(head.Width, head.Height), nil
}

// storesRGB guesses as libjpeg does whether the components of a JPEG of three are red, green and blue.
func storesRGB(m *jpegs.Image) bool {
	switch {
	case len(m.Planes) != 3 || m.JFIF:
		return false
	case m.Adobe >= 0:
		return m.Adobe == 0
	}
	return m.Planes[0].ID == 'R' && m.Planes[1].ID == 'G' && m.Planes[2].ID == 'B'
}

// wholePlane is p at m's size.
func wholePlane(m *jpegs.Image, p jpegs.Plane) []uint8 {
	across, down := m.MaxH/p.H, m.MaxV/p.V
	halved := across <= 2 && down <= 2 && across*down > 1
	if halved && (across == 1 || p.Wide > 2) { // libjpeg-turbo repeats where there is less, and at other ratios
		return smooth(p.Pix, p.Stride, m.Width, m.Height, [2]bool{across == 2, down == 2})
	}
	to := make([]uint8, m.Width*m.Height)
	for i := range to {
		to[i] = p.Pix[i/m.Width/down*p.Stride+i%m.Width/across]
	}
	return to
}

// inked is a picture of four components, as image/jpeg gives one: Adobe's programs store how much of each ink is lacking.
func inked(m *jpegs.Image, planes [][]uint8) image.Image {
	to := image.NewCMYK(image.Rect(0, 0, m.Width, m.Height))
	for i := range planes[0] {
		c, y, k := planes[0][i], planes[2][i], planes[3][i]
		mg := planes[1][i]
		switch {
		case m.Adobe == 2:
			c, mg, y = jfif(c, mg, y)
			k = 255 - k
		case m.Adobe >= 0:
			c, mg, y, k = 255-c, 255-mg, 255-y, 255-k
		}
		*(*[4]uint8)(to.Pix[4*i:]) = [4]uint8{c, mg, y, k}
	}
	return to
}
