package picture

import (
	"bufio"
	"image"
	"image/png"
	"io"

	"github.com/webmunit/webmunit/weights/replace"
)

// WritePNG writes m to path. A file that is there already is replaced only once the new one is whole, and no part of one is left
// behind on failure.
func WritePNG(path string, m image.Image) error {
	return replace.File(path, PNG(m))
}

// PNG writes m, as a file among others that belong together.
func PNG(m image.Image) func(io.Writer) error {
	return func(f io.Writer) error {
		w := bufio.NewWriter(f)
		if err := png.Encode(w, m); err != nil {
			return err
		}
		return w.Flush()
	}
}
