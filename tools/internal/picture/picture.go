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

// Check reads the head of the picture at path and reports whether Open would try to decode it. It is cheap.
func Check(path string) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = check(f)
	return describe(path, err)
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
	format, err := check(f)
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

// check gives the format ("png", "jpeg", "webp") of a picture of a size that can be decoded.
func check(r io.Reader) (string, error) {
	c, format, err := image.DecodeConfig(r)
	switch {
	case errors.Is(err, image.ErrFormat):
		return "", ErrNotPicture
	case err != nil:
		return "", fmt.Errorf("%w (%w)", ErrDamaged, err)
	case c.Width < 1 || c.Height < 1:
		return "", fmt.Errorf("%w (%d×%d pixels)", ErrDamaged, c.Width, c.Height)
	case c.Width > MaxSide || c.Height > MaxSide || int64(c.Width)*int64(c.Height) > MaxPixels:
		return "", fmt.Errorf("%w (%d×%d pixels; at most %d million pixels and %d a side are read)", ErrTooLarge, c.Width, c.Height, MaxPixels>>20, MaxSide)
	}
	return format, nil
}

func describe(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}
