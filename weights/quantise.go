package weights

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/webmunit/webmunit/weights/float16"
)

// store gives the tensor as d. The tensor's rank must be 2 or more.
func (t *Tensor) store(d DType) (*Tensor, error) {
	values := t.Float32s()
	if i := firstNotFinite(values); i >= 0 {
		return nil, fmt.Errorf("value %d is %v: the training has diverged, take an earlier checkpoint", i, values[i])
	}
	switch d {
	case F16:
		return storeF16(t.Shape, values)
	case Int8:
		return storeInt8(t.Shape, values), nil
	case Int4:
		return storeInt4(t.Shape, values)
	}
	return NewTensor(t.Shape, values), nil
}

func firstNotFinite(values []float32) int {
	for i, v := range values {
		if v-v != 0 { // NaN or infinite
			return i
		}
	}
	return -1
}

func storeF16(shape []int, values []float32) (*Tensor, error) {
	data := make([]byte, 0, 2*len(values))
	for i, v := range values {
		h := float16.Bits(v)
		if h&0x7fff == 0x7c00 {
			return nil, fmt.Errorf("value %d is %g, beyond f16: convert to another dtype", i, v)
		}
		data = binary.LittleEndian.AppendUint16(data, h)
	}
	return &Tensor{Shape: shape, DType: F16, Data: data}, nil
}

func storeInt8(shape []int, values []float32) *Tensor {
	out, in := rows(shape)
	t := &Tensor{Shape: shape, DType: Int8, Data: make([]byte, len(values)), Scale: make([]float32, out)}
	q := make([]int8, in)
	for o := range out {
		row := values[o*in : (o+1)*in]
		t.Scale[o], _ = int8Range.fit(row, q, asIs)
		for i, v := range q {
			t.Data[o*in+i] = byte(v)
		}
	}
	return t
}

func storeInt4(shape []int, values []float32) (*Tensor, error) {
	out, in := rows(shape)
	rowBytes, rowGroups := (in+1)/2, groups(in)
	t := &Tensor{Shape: shape, DType: Int4, Data: make([]byte, out*rowBytes), Scale: make([]float32, 0, out*rowGroups)}
	var buf [GroupSize]int8
	for o := range out {
		data := t.Data[o*rowBytes : (o+1)*rowBytes]
		for from := 0; from < in; from += GroupSize {
			group := values[o*in+from : o*in+min(from+GroupSize, in)]
			q := buf[:len(group)]
			scale, ok := int4Range.fit(group, q, f16Rounded)
			if !ok {
				return nil, fmt.Errorf("values near %g need a scale beyond f16: convert to another dtype", group[0])
			}
			t.Scale = append(t.Scale, scale)
			for i, v := range q {
				data[(from+i)/2] |= byte(v) & 15 << ((from + i) % 2 * 4)
			}
		}
	}
	return t, nil
}

// quantRange is a range of integers, and the scales worth trying for it: the value of largest
// magnitude is made to fall on each of peaks.
type quantRange struct {
	low, high float32
	peaks     []float32
}

var (
	// Int8's error is small anyway; clipping the peak a little wins where it is an outlier.
	int8Range = quantRange{-127, 127, []float32{127, 130, 134, 140, 148, 160}}
	// Int4 has one more negative than positive value, so the scale's sign is chosen too, and
	// with 16 levels the best place for the peak differs much from group to group.
	int4Range = quantRange{-8, 7, []float32{
		-6, -6.5, -7, -7.25, -7.5, -7.75, -8, -8.25, -8.5, -9, -9.5, -10,
		5.5, 6, 6.5, 6.75, 7, 7.25, 7.5, 8, 8.5, 9,
	}}
)

func asIs(scale float32) float32       { return scale }
func f16Rounded(scale float32) float32 { return float16.Value(float16.Bits(scale)) }

// fit fills q with values/scale, rounded and clamped, for the scale with the least squared error
// among those tried, each rounded to what the file can hold. Scale 0 means all values are (or
// round to) 0. It reports false if no scale can be held.
func (r quantRange) fit(values []float32, q []int8, rounded func(float32) float32) (float32, bool) {
	peak := float32(0)
	for _, v := range values {
		if abs(v) > abs(peak) {
			peak = v
		}
	}
	best, bestErr, held := float32(0), math.Inf(1), false
	try := func(scale float32) {
		scale = rounded(scale)
		if scale-scale != 0 {
			return
		}
		held = true
		if e := r.quantise(values, q, scale); e < bestErr {
			best, bestErr = scale, e
		}
	}
	for _, p := range r.peaks {
		try(peak / p)
	}
	if !held {
		return 0, false
	}
	// For the integers chosen, the least-squares scale can only be better before rounding it.
	r.quantise(values, q, best)
	var num, den float64
	for i, v := range values {
		num += float64(v) * float64(q[i])
		den += float64(q[i]) * float64(q[i])
	}
	if den > 0 {
		try(float32(num / den))
	}
	r.quantise(values, q, best)
	return best, true
}

// quantise fills q for a scale and gives the squared error.
func (r quantRange) quantise(values []float32, q []int8, scale float32) float64 {
	inverse := float32(0)
	if scale != 0 {
		inverse = 1 / scale
	}
	sum := 0.0
	for i, v := range values {
		n := float32(math.RoundToEven(float64(v * inverse)))
		n = min(max(n, r.low), r.high)
		q[i] = int8(n)
		e := float64(v - n*scale)
		sum += e * e
	}
	return sum
}

func abs(v float32) float32 {
	return math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
}
