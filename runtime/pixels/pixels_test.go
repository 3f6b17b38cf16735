package pixels

import (
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPlanesAreOnWhite: who gives pictures with transparent parts to Planes gets what Fit makes of them.
func TestPlanesAreOnWhite(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	img := image.NewNRGBA(image.Rect(2, 1, 15, 12))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.UintN(256))
		if i%4 == 3 && i%8 == 3 {
			img.Pix[i] = 255
		}
	}
	for _, channels := range []int{1, 3} {
		want, h, w, err := Planes(Fit(img, 0), channels, 4)
		require.NoError(t, err)
		assert.Equal(t, []int{12, 16}, []int{h, w})
		got, _, _, err := Planes(img, channels, 4)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}
