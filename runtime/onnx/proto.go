package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message under construction. The field numbers and enums used in this package are those of onnx.proto (onnx/onnx on
// GitHub), of which an exporter needs so little that the generated code would be ten times as long.
type message []byte

func (m *message) int(field protowire.Number, v int64) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) float(field protowire.Number, v float32) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, math.Float32bits(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, v)
}

func (m *message) text(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

// Types of a TensorProto's elements.
const (
	elemFloat = 1
	elemInt64 = 7
)

// tensor is a TensorProto.
func tensor(name string, elem int64, dims []int, raw []byte) message {
	var m message
	for _, d := range dims {
		m.int(1, int64(d))
	}
	m.int(2, elem)
	m.text(8, name)
	m.bytes(9, raw)
	return m
}

func floatTensor(name string, dims []int, values []float32) message {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return tensor(name, elemFloat, dims, raw)
}

func intTensor(name string, values []int) message {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return tensor(name, elemInt64, []int{len(values)}, raw)
}

// valueInfo is a ValueInfoProto of a float tensor whose axes have a size or a name.
func valueInfo(name string, axes []axis) message {
	var shape message
	for _, a := range axes {
		var dim message
		if a.name != "" {
			dim.text(2, a.name)
		} else {
			dim.int(1, int64(a.size))
		}
		shape.bytes(1, dim)
	}
	var of, kind, m message
	of.int(1, elemFloat)
	of.bytes(2, shape)
	kind.bytes(1, of)
	m.text(1, name)
	m.bytes(2, kind)
	return m
}

type axis struct {
	size int
	name string // of an axis of any size
}

// attr is an AttributeProto.
type attr message

func intAttr(name string, v int) attr {
	var m message
	m.text(1, name)
	m.int(3, int64(v))
	m.int(20, 2)
	return attr(m)
}

func floatAttr(name string, v float32) attr {
	var m message
	m.text(1, name)
	m.float(2, v)
	m.int(20, 1)
	return attr(m)
}

func textAttr(name, v string) attr {
	var m message
	m.text(1, name)
	m.text(4, v)
	m.int(20, 3)
	return attr(m)
}

func intsAttr(name string, v ...int) attr {
	var m message
	m.text(1, name)
	for _, i := range v {
		m.int(8, int64(i))
	}
	m.int(20, 7)
	return attr(m)
}
