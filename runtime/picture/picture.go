// Package picture reads the pictures that people have: PNG, JPEG and WebP, turned upright, and refused before they can take up
// the memory of the machine.
package picture

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // registers the decoder, as the two below do
	_ "image/png"
	"io"
	"os"

	_ "golang.org/x/image/webp"
)

// Bounds on what is decoded: a small file can claim billions of pixels, and each costs 4 bytes or 8.
const (
	MaxPixels = 64 << 20
	MaxSide   = 16384
)

var (
	// ErrNotPicture is wrapped when a file is in no format that Open reads.
	ErrNotPicture = errors.New("not a picture in a format that is read here: PNG, JPEG or WebP")
	// ErrTooLarge is wrapped when a picture is beyond MaxPixels or MaxSide.
	ErrTooLarge = errors.New("too large")
	// ErrDamaged is wrapped when a picture cannot be decoded to its end.
	ErrDamaged = errors.New("damaged or cut off")
)

// Extensions lists the usual endings of the names of files that Open reads, in lower case.
var Extensions = []string{".png", ".jpg", ".jpeg", ".webp"}

// Check reads the head of the picture at path, which is cheap: its size in pixels as it is stored, or why Open would not decode it.
func Check(path string) (image.Point, error) {
	f, err := open(path)
	if err != nil {
		return image.Point{}, err
	}
	defer f.Close()
	size, _, err := check(f)
	if err != nil {
		return image.Point{}, describe(path, err)
	}
	return size, nil
}

// Open decodes the picture at path and turns it as its EXIF orientation says. Pixels keep their colour model: alpha, 16 bits,
// CMYK and palettes are left to the caller. Errors are one line with the path in front.
func Open(path string) (image.Image, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := decode(f)
	if err != nil {
		return nil, describe(path, err)
	}
	return m, nil
}

func decode(f io.ReadSeeker) (image.Image, error) {
	_, format, err := check(f)
	if err != nil {
		return nil, err
	}
	turn := orientation(f, format)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%w (%s: %w)", ErrDamaged, format, err)
	}
	if format == "webp" {
		m = videoRange(m)
	}
	return upright(m, turn), nil
}

// open refuses everything but regular files: reading a pipe or a device might never end.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, describe(path, ErrNotPicture)
	}
	return os.Open(path)
}

// check gives the size and the format ("png", "jpeg", "webp") of a picture that is not too large to decode.
func check(r io.Reader) (image.Point, string, error) {
	c, format, err := image.DecodeConfig(r)
	size := image.Pt(c.Width, c.Height)
	switch {
	case errors.Is(err, image.ErrFormat):
		err = ErrNotPicture
	case err != nil:
		err = fmt.Errorf("%w (%w)", ErrDamaged, err)
	case size.X < 1 || size.Y < 1:
		err = fmt.Errorf("%w (%d×%d pixels)", ErrDamaged, size.X, size.Y)
	case size.X > MaxSide || size.Y > MaxSide || int64(size.X)*int64(size.Y) > MaxPixels:
		err = fmt.Errorf("%w (%d×%d pixels; at most %d million pixels and %d a side are read)", ErrTooLarge, size.X, size.Y, MaxPixels>>20, MaxSide)
	}
	return size, format, err
}

func describe(path string, err error) error { return fmt.Errorf("%s: %w", path, err) }
