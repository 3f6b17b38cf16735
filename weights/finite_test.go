package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Values are checked several at a time; each must still be found wherever it lies, and the largest finite ones must pass.
func TestValuesThatAreNotFiniteAreFound(t *testing.T) {
	const count = 2*finiteChunk/4 + 5
	for _, c := range []struct {
		dtype      DType
		size       int
		ends       []uint32 // finite
		overflowed []uint32
	}{
		{F32, 4, []uint32{0x7f7fffff, 0xff7fffff, 0x007fffff}, []uint32{0x7f800000, 0xff800000, 0x7fc00000, 0xff800001}},
		{F16, 2, []uint32{0x7bff, 0xfbff, 0x03ff}, []uint32{0x7c00, 0xfc00, 0x7e00, 0xfc01}},
	} {
		data := make([]byte, count*c.size+4) // room to write four bytes at the last
		put := func(i int, bits uint32) { binary.LittleEndian.PutUint32(data[i*c.size:], bits) }
		tensor := &Tensor{Shape: []int{count}, DType: c.dtype, Data: data[:count*c.size]}
		for i := range count {
			put(i, c.ends[i%len(c.ends)])
		}
		require.NoError(t, checkFinite(tensor, "x"))
		for _, i := range []int{0, 1, 2, 3, finiteChunk/c.size - 1, finiteChunk / c.size, count - 2, count - 1} {
			for _, bits := range c.overflowed {
				assert.True(t, math.IsNaN(value(tensor, bits)) || math.IsInf(value(tensor, bits), 0))
				before := binary.LittleEndian.Uint32(data[i*c.size:])
				put(i, bits|before&^(1<<(8*c.size)-1))
				assert.ErrorContains(t, checkFinite(tensor, "x"), fmt.Sprintf("at value %d:", i))
				put(i, before)
			}
		}
	}
}

// value is what bits are in a tensor of t's storage.
func value(t *Tensor, bits uint32) float64 {
	one := &Tensor{Shape: []int{1}, DType: t.DType, Data: binary.LittleEndian.AppendUint32(nil, bits)}
	return float64(one.Float32s()[0])
}
