package weights

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/webmunit/webmunit/weights/float16"
)

// DType is how a weight is stored.
type DType string

// The storage types (DESIGN §3). Biases, gamma, beta and PReLU slopes are F32 in every file.
const (
	F32  DType = "f32"
	F16  DType = "f16"
	Int8 DType = "int8" // symmetric, with a scale per output channel
	Int4 DType = "int4" // two values a byte, with a scale per output channel and group of inputs; sensitive weights as Int8
)

// DTypes lists the storage types, largest first.
var DTypes = [...]DType{F32, F16, Int8, Int4}

// GroupSize is the number of consecutive inputs of one output channel that share an Int4 scale.
const GroupSize = 32

// Tensor is a weight as a model file stores it. It must not be changed once made: models made
// from one another share tensors, and Data may lie in the file's own bytes.
type Tensor struct {
	Shape []int // of the weight itself, whatever the storage
	DType DType
	// Data is the file's bytes: little-endian values in row-major order. Of Int4, each output
	// channel's values are a row of ceil(inputs/2) bytes, low nibble first, two's complement.
	Data []byte
	// Scale multiplies the integers: one per output channel for Int8; for Int4, row-major
	// [out, ceil(inputs/GroupSize)], each exactly representable in F16. Nil for F32 and F16.
	Scale []float32
}

// NewTensor stores values, row-major, as F32. It panics if their number is not the shape's.
func NewTensor(shape []int, values []float32) *Tensor {
	if numel(shape) != int64(len(values)) {
		panic(fmt.Sprintf("weights: %d values for shape %v", len(values), shape))
	}
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return &Tensor{Shape: shape, DType: F32, Data: data}
}

// rows gives a weight's matrix form: output channels, and inputs flattened.
func rows(shape []int) (out, in int) {
	return shape[0], int(numel(shape[1:]))
}

func groups(in int) int { return (in + GroupSize - 1) / GroupSize }

// Float32s gives the values, dequantised, row-major, in a new slice.
func (t *Tensor) Float32s() []float32 {
	values := make([]float32, numel(t.Shape))
	switch t.DType {
	case F32:
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
		}
	case F16:
		for i := range values {
			values[i] = float16.Value(binary.LittleEndian.Uint16(t.Data[2*i:]))
		}
	case Int8:
		_, in := rows(t.Shape)
		for i := range values {
			values[i] = float32(int8(t.Data[i])) * t.Scale[i/in]
		}
	case Int4:
		t.dequantise4(values)
	}
	return values
}

func (t *Tensor) dequantise4(values []float32) {
	out, in := rows(t.Shape)
	rowBytes, rowGroups := (in+1)/2, groups(in)
	for o := range out {
		data, scale := t.Data[o*rowBytes:], t.Scale[o*rowGroups:]
		row := values[o*in : (o+1)*in]
		for i := range row {
			nibble := data[i/2] >> (i % 2 * 4)
			row[i] = float32(int8(nibble<<4)>>4) * scale[i/GroupSize]
		}
	}
}
