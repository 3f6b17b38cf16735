package picture

import (
	"image"
	"image/color"
	"io"

	"github.com/bep/imagemeta"
)

// orientation reads EXIF's tag 274, 1 to 8: which edges of the scene the first row and column show (1: top and left). A library does it, since EXIF is three containers (JPEG's APP1, PNG's eXIf,
// WebP's EXIF) around TIFF directories in two byte orders, all of it untrusted: imagemeta is fuzzed, bounded, and what Hugo uses.
// Metadata never makes a picture unreadable: whatever is wrong with it means 1.
func orientation(f io.ReadSeeker, format string) int {
	formats := map[string]imagemeta.ImageFormat{"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP}
	if _, can := formats[format]; !can {
		return 1
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 1
	}
	found := 1
	isIt := func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" }
	_, err := imagemeta.Decode(imagemeta.Options{
		R: f, ImageFormat: formats[format], Sources: imagemeta.EXIF,
		ShouldHandleTag: isIt,
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && isIt(t) && v >= 1 && v <= 8 {
				found = int(v)
				return imagemeta.ErrStopWalking
			}
			return nil
		},
	})
	if err != nil {
		return 1
	}
	return found
}

// upright undoes an EXIF orientation.
func upright(m image.Image, orientation int) image.Image {
	if orientation <= 1 || orientation > 8 {
		return m
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewNRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			sx, sy := x, y
			switch orientation { // where the upright picture's pixel (x, y) lies in the stored one
			case 2:
				sx, sy = w-1-x, y
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sx, sy = x, h-1-y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			to.SetNRGBA(x, y, color.NRGBAModel.Convert(m.At(b.Min.X+sx, b.Min.Y+sy)).(color.NRGBA))
		}
	}
	return to
}
