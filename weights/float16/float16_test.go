package float16_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights/float16"
)

// decode is binary16 by its definition, in float64.
func decode(h uint16) float64 {
	sign := 1.0
	if h&0x8000 != 0 {
		sign = -1
	}
	e, f := int(h>>10&31), float64(h&1023)
	switch {
	case e == 31 && f != 0:
		return math.NaN()
	case e == 31:
		return sign * math.Inf(1)
	case e == 0:
		return sign * math.Ldexp(f, -24)
	}
	return sign * math.Ldexp(1024+f, e-25)
}

func TestEveryValueDecodesAndEncodesBack(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		want, got := decode(h), float64(float16.Value(h))
		if math.IsNaN(want) {
			require.True(t, math.IsNaN(got), "%#04x", h)
			b := float16.Bits(float32(got))
			require.True(t, b&0x7c00 == 0x7c00 && b&0x3ff != 0, "%#04x", h)
			continue
		}
		require.Equal(t, want, got, "%#04x", h)
		require.Equal(t, h, float16.Bits(float32(got)), "the sign of zero too")
	}
}

// Between each two neighbours, the midpoint goes to the even one and its float32 neighbours to
// the nearer one.
func TestRoundsToNearestEven(t *testing.T) {
	for h := uint16(0); h < 0x7bff; h++ {
		middle := float32((decode(h) + decode(h+1)) / 2)
		even := h + h&1
		require.Equal(t, even, float16.Bits(middle), "%g", middle)
		require.Equal(t, even|0x8000, float16.Bits(-middle), "%g", -middle)
		require.Equal(t, h, float16.Bits(math.Nextafter32(middle, 0)))
		require.Equal(t, h+1, float16.Bits(math.Nextafter32(middle, 1e9)))
	}
	assert.Equal(t, uint16(0x7bff), float16.Bits(math.Nextafter32(65520, 0)))
	assert.Equal(t, uint16(0x7c00), float16.Bits(65520))
	assert.Equal(t, uint16(0xfc00), float16.Bits(-math.MaxFloat32))
	assert.Equal(t, uint16(0), float16.Bits(math.SmallestNonzeroFloat32))
}
