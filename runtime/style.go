package runtime

import (
	"fmt"
	"math"
)

// Style is a style code: style_dim values, drawn from N(0, 1) in training and by RandomStyle, of any size when encoded from a picture. Where a
// model takes noise (weights.Config.Styles), it is one value, whose bits as a float32 are the seed of style 0 of RandomStyle: the noise, as many
// values as the picture's size asks for. Between two such styles nothing lies.
type Style []float32

// RandomStyle is style number index of the sequence that seed names: style_dim values ~ N(0, 1), the same on every device and in the browser. Models
// without styles have style_dim 0.
//
// The generator is counter-based. With mix the finaliser of splitmix64 and G = 0x9E3779B97F4A7C15, draw k of a seed is
// mix(mix(seed) + (k+1)·G); component j of style i takes draws k = i·2³² + 2j and k+1, turns their upper 53 bits into
// u ∈ (0, 1] and v ∈ [0, 1), and is √(−2 ln u)·cos(2πv) (Box and Muller 1958) in float64, rounded to float32.
func (t *Translator) RandomStyle(seed uint64, index int) Style {
	return RandomStyle(seed, index, t.model.Config.StyleDim())
}

// RandomStyle is what Translator.RandomStyle gives for a style_dim of dim.
func RandomStyle(seed uint64, index, dim int) Style {
	s, base := make(Style, dim), mix(seed)
	for j := range s {
		k := uint64(index)<<32 + 2*uint64(j)
		u := float64(mix(base+(k+1)*golden)>>11+1) / (1 << 53)
		v := float64(mix(base+(k+2)*golden)>>11) / (1 << 53)
		s[j] = float32(math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v))
	}
	return s
}

const golden = 0x9E3779B97F4A7C15

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Interpolate is (1−t)·a + t·b. Styles of different lengths are of different models: the error wraps ErrStyleLength.
func Interpolate(a, b Style, t float32) (Style, error) {
	if len(a) != len(b) {
		return nil, fmt.Errorf("%w: styles of %d and %d values are of different models, and nothing lies between them", ErrStyleLength, len(a), len(b))
	}
	s := make(Style, len(a))
	for i := range s {
		s[i] = (1-t)*a[i] + t*b[i]
	}
	return s, nil
}

// errOnePicture is what is wrong with any style where the architecture has none.
var errOnePicture = fmt.Errorf("%w: it has no styles, and draws one picture of each", ErrStyleLength)

// checkStyle wants as many finite values as the model's style_dim.
func (t *Translator) checkStyle(s Style) error {
	if len(s) > 0 && t.model.Config.StyleDim() == 0 {
		return errOnePicture
	}
	if want := t.model.Config.StyleDim(); len(s) != want {
		return fmt.Errorf("%w: the style has %d values, this model's styles have %d", ErrStyleLength, len(s), want)
	}
	for i, v := range s {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("value %d of the style is %v; styles are finite numbers, usually between -3 and 3", i, v)
		}
	}
	return nil
}
