package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/webmunit/webmunit/weights/float16"
)

// DType is how a weight is stored.
type DType string

// The storage types (docs/format.md, "Storage of weights"). Biases, gamma, beta and PReLU slopes are F32 in every file.
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

// NewVector gives an F32 tensor of one axis whose values are all one.
func NewVector(size int, value float32) *Tensor {
	return NewTensor([]int{size}, slices.Repeat([]float32{value}, size))
}

// rows gives a weight's matrix form: output channels, and inputs flattened.
func rows(shape []int) (out, in int) {
	return shape[0], int(numel(shape[1:]))
}

func groups(in int) int { return (in + GroupSize - 1) / GroupSize }

// Float32s gives the values, dequantised, row-major. The slice must not be changed: that of an F32 tensor is the file's own bytes where they
// can be read in place, since a copy of a large model is a second one to wait for and to hold.
func (t *Tensor) Float32s() []float32 {
	if t.DType == F32 && readableInPlace(t.Data) {
		return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(t.Data))), len(t.Data)/4)
	}
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
		out, in := rows(t.Shape)
		for o := range out {
			dequantise8(values[o*in:(o+1)*in], t.Data[o*in:], t.Scale[o])
		}
	case Int4:
		out, in := rows(t.Shape)
		rowBytes, rowGroups := (in+1)/2, groups(in)
		for o := range out {
			dequantise4(values[o*in:(o+1)*in], t.Data[o*rowBytes:], t.Scale[o*rowGroups:])
		}
	}
	return values
}

// dequantise8 and dequantise4 do one row. Rows are calls because browsers replace slow first code of a function by fast code between two
// calls only.
func dequantise8(row []float32, data []byte, scale float32) {
	for i, v := range data[:len(row)] {
		row[i] = float32(int8(v)) * scale
	}
}

func dequantise4(row []float32, data []byte, scale []float32) {
	for i := range row {
		nibble := data[i/2] >> (i % 2 * 4)
		row[i] = float32(int8(nibble<<4)>>4) * scale[i/GroupSize]
	}
}

// readableInPlace reports whether data, little-endian as files are, is float32 values to this machine as it stands.
func readableInPlace(data []byte) bool {
	aligned := uintptr(unsafe.Pointer(unsafe.SliceData(data)))%unsafe.Alignof(float32(0)) == 0
	return aligned && binary.NativeEndian.Uint16([]byte{1, 0}) == 1
}
