// Package float16 converts IEEE 754 binary16, the F16 of model files and of GPU buffers.
//
// What it exports may change with any version; runtime and weights are for other modules.
package float16

import "math"

// Bits converts to binary16, rounding to nearest, ties to even. Magnitudes from
// 65520 up become infinite.
func Bits(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00 // NaN
	case b >= 0x477ff000: // 65520: the midpoint above the largest finite value
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14: subnormal or zero
		// Adding 0.5 leaves the value counted in steps of 2^-24 in the low bits of the sum: the
		// FPU does the shift and the rounding.
		sum := math.Float32bits(math.Float32frombits(b) + 0.5)
		return sign | uint16(sum-math.Float32bits(0.5))
	}
	// Rebias the exponent (127 to 15), and round by adding just under half a step, and one more
	// when the kept part is odd.
	b -= (127 - 15) << 23
	b += 0xfff + b>>13&1
	return sign | uint16(b>>13)
}

// Value converts from binary16, exactly.
func Value(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		v := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(sign | math.Float32bits(v))
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
