package runtime

import (
	"image"

	"github.com/webmunit/webmunit/runtime/pixels"
	"github.com/webmunit/webmunit/weights"
)

// Fit is pixels.Fit: it reduces img so that its shorter side is size pixels, on white. Every face of webmunit fits pictures with this, so that
// they agree to the pixel.
func Fit(img image.Image, size int) *image.NRGBA { return pixels.Fit(img, size) }

// DefaultSize is the size of the pictures that a model was trained to translate in direction d, the shorter side in pixels: what to Fit pictures
// to unless the user says otherwise. It is 0 (keep the size) where the config does not say.
func DefaultSize(c weights.Config, d weights.Direction) int { return c.Size(d.From()) }
