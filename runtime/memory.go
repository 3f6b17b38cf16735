package runtime

import (
	"fmt"
	"image"

	"github.com/webmunit/webmunit/weights"
)

// checkMemory refuses pictures that surely do not fit: running out of memory ends the program, and in a page everything in it. The networks
// hold, at their widest, about three float32 tensors of dim channels at the picture's full size.
func checkMemory(size image.Point, c weights.Config) error {
	perPixel := float64(3 * 4 * c.Gen.Dim)
	if float64(size.X)*float64(size.Y)*perPixel <= maxActivations {
		return nil
	}
	return fmt.Errorf("%w: %d×%d pixels, this model can take %.1f million here", ErrTooLarge, size.X, size.Y, maxActivations/perPixel/1e6)
}
