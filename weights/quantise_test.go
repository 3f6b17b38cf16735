package weights

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestQuantisedToTheNearest: each value becomes the integer nearest to it, but for those beyond the range, and the scale is the best for the
// integers that a row has: that of least squares.
func TestQuantisedToTheNearest(t *testing.T) {
	const out, in = 200, 24
	r := rand.New(rand.NewPCG(5, 6))
	values := make([]float32, out*in)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	for _, c := range []struct {
		dtype     DType
		low, high float64
		worse     float64 // than least squares, of the error: int4's scales are rounded to f16
		best      int     // rows: the best scale can make other integers the nearest, sooner where these are many
	}{{Int8, -127, 127, 1e-3, out / 2}, {Int4, -8, 7, 1e-2, out * 9 / 10}} {
		stored, err := NewTensor([]int{out, in}, values).store(c.dtype)
		require.NoError(t, err)
		back := stored.Float32s()
		best := 0
		for o := range out {
			scale := float64(stored.Scale[o])
			var num, den float64
			for i := o * in; i < (o+1)*in; i++ {
				v, q := float64(values[i]), float64(back[i])/scale
				if q > c.low+0.5 && q < c.high-0.5 {
					require.LessOrEqual(t, (v/scale-q)*(v/scale-q), 0.2501, "%s: %g as %g times %g", c.dtype, v, q, scale)
				}
				num, den = num+v*q, den+q*q
			}
			squares := func(scale float64) (sum float64) {
				for i := o * in; i < (o+1)*in; i++ {
					e := float64(values[i]) - float64(back[i])/float64(stored.Scale[o])*scale
					sum += e * e
				}
				return sum
			}
			if squares(scale) <= squares(num/den)*(1+c.worse) {
				best++
			}
		}
		assert.GreaterOrEqual(t, best, c.best, c.dtype)
	}
}
