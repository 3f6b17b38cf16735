// Package picture reads the pictures that people have: PNG, JPEG, WebP, GIF and BMP, turned upright, with the colours that browsers show,
// and refused before they can take up the memory of the machine.
//
// What it exports may change with any version; runtime and weights are for other modules.
package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // registers the decoder, as those below do
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"golang.org/x/image/bmp"

	"github.com/webmunit/webmunit/runtime/picture/jpegs"
)

// Bounds on what is decoded: a small file can claim billions of pixels, and each costs 4 bytes or 8.
const (
	MaxPixels = 64 << 20
	MaxSide   = 16384
)

var (
	// ErrNotPicture is wrapped when a file is in no format that Open reads.
	ErrNotPicture = errors.New("not a picture in a format that is read here: PNG, JPEG, WebP, GIF or BMP")
	// ErrTooLarge is wrapped when a picture is beyond MaxPixels or MaxSide.
	ErrTooLarge = errors.New("too large")
	// ErrDamaged is wrapped when a picture cannot be decoded to its end.
	ErrDamaged = errors.New("damaged or cut off")
	// ErrUnsupported is wrapped when a picture is whole, and of a rare kind that is not read.
	ErrUnsupported = errors.New("of a kind that is not read here")
)

// Extensions lists the usual endings of the names of files that Open reads, in lower case.
var Extensions = []string{".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}

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

// Open is OpenContext for those who cannot be interrupted.
func Open(path string) (image.Image, error) { return OpenContext(context.Background(), path) }

// OpenContext decodes the picture at path, of an animation the first frame, and turns it as its EXIF orientation says. Pixels keep their colour
// model: alpha, 16 bits, CMYK and palettes are left to the caller. It ends with ctx. Errors are one line with the path in front.
func OpenContext(ctx context.Context, path string) (image.Image, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := decode(stoppable{ctx, f})
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, describe(path, err)
	}
	return m, nil
}

func decode(f io.ReadSeeker) (image.Image, error) {
	size, format, err := check(f)
	if err != nil {
		return nil, err
	}
	turn := orientation(f, format)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if format == "jpeg" {
		if err := checkScans(f, size); err != nil {
			return nil, err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
	}
	m, err := pixels(f, format, size)
	if err != nil {
		return nil, failure(format, err)
	}
	return upright(m, turn), nil
}

// pixels decodes a picture of a format as it is stored.
func pixels(f io.ReadSeeker, format string, size image.Point) (image.Image, error) {
	if format == "webp" {
		return decodeWebP(f, size)
	}
	if format == "jpeg" {
		return decodeJPEG(f)
	}
	m, _, err := image.Decode(f)
	switch {
	case err != nil:
		return nil, err
	case format == "gif":
		return onCanvas(m, m.Bounds().Min, size), nil
	}
	return m, nil
}

// failure tells what a decoder does not know from what is damaged.
func failure(format string, err error) error {
	_, ofJPEG := errors.AsType[jpeg.UnsupportedError](err)
	_, ofPNG := errors.AsType[png.UnsupportedError](err)
	if ofJPEG || ofPNG || errors.Is(err, bmp.ErrUnsupported) || errors.Is(err, jpegs.ErrUnsupported) {
		return fmt.Errorf("%w (%w)", ErrUnsupported, err)
	}
	return fmt.Errorf("%w (%s: %w)", ErrDamaged, format, err)
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
func check(r io.ReadSeeker) (image.Point, string, error) {
	c, format, err := image.DecodeConfig(r)
	size := image.Pt(c.Width, c.Height)
	if _, unknown := errors.AsType[jpeg.UnsupportedError](err); unknown {
		size, err = rareSize(r)
	}
	switch {
	case errors.Is(err, image.ErrFormat):
		err = ErrNotPicture
	case err != nil:
		err = failure(format, err)
	case size.X < 1 || size.Y < 1:
		err = fmt.Errorf("%w (%d×%d pixels)", ErrDamaged, size.X, size.Y)
	case size.X > MaxSide || size.Y > MaxSide || int64(size.X)*int64(size.Y) > MaxPixels:
		err = fmt.Errorf("%w (%d×%d pixels; at most %d million pixels and %d a side are read)", ErrTooLarge, size.X, size.Y, MaxPixels>>20, MaxSide)
	}
	return size, format, err
}

func describe(path string, err error) error { return fmt.Errorf("%s: %w", path, err) }
