package onnx

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/webmunit/webmunit/weights"
)

// ErrNotONNX is wrapped where data is no ONNX model.
var ErrNotONNX = errors.New("not an ONNX model")

// Weights reads the float32 initialisers of an ONNX model, by name, and its metadata: of one that Write wrote, what its src gave. It runs nothing
// and follows no references to other files.
func Weights(data []byte) (tensors map[string]*weights.Tensor, meta map[string]string, err error) {
	tensors, meta = map[string]*weights.Tensor{}, map[string]string{}
	err = fields(data, func(number protowire.Number, body []byte) error {
		switch number {
		case 7: // graph
			return fields(body, func(number protowire.Number, body []byte) error {
				if number != 5 { // initializer
					return nil
				}
				name, t, err := readTensor(body)
				if t != nil {
					tensors[name] = t
				}
				return err
			})
		case 14: // metadata_props
			var entry [2]string
			err := fields(body, func(number protowire.Number, text []byte) error {
				if number == 1 || number == 2 {
					entry[number-1] = string(text)
				}
				return nil
			})
			meta[entry[0]] = entry[1]
			return err
		}
		return nil
	})
	return tensors, meta, err
}

// readTensor reads a TensorProto; the tensor is nil if it is none of float32 values in raw_data.
func readTensor(body []byte) (name string, t *weights.Tensor, err error) {
	const maxRank, maxValues = 8, math.MaxInt32
	var shape []int
	var raw []byte
	elem, values := uint64(0), uint64(1)
	err = eachField(body, func(number protowire.Number, v uint64, b []byte) error {
		switch number {
		case 1:
			if v == 0 || len(shape) == maxRank || v > maxValues/values {
				return fmt.Errorf("%w: a tensor of an impossible shape", ErrNotONNX)
			}
			values *= v
			shape = append(shape, int(v))
		case 2:
			elem = v
		case 8:
			name = string(b)
		case 9:
			raw = b
		}
		return nil
	})
	if err != nil || elem != elemFloat || raw == nil {
		return name, nil, err
	}
	if uint64(len(raw)) != 4*values {
		return name, nil, fmt.Errorf("tensor %.200q of shape %v has %d bytes: the file is damaged", name, shape, len(raw))
	}
	return name, &weights.Tensor{Shape: shape, DType: weights.F32, Data: raw}, nil
}

// fields calls f for each field of bytes of a message.
func fields(message []byte, f func(number protowire.Number, body []byte) error) error {
	return eachField(message, func(number protowire.Number, _ uint64, body []byte) error {
		if body == nil {
			return nil
		}
		return f(number, body)
	})
}

// eachField calls f for each field of numbers or bytes; body is nil for numbers.
func eachField(message []byte, f func(number protowire.Number, v uint64, body []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return ErrNotONNX
		}
		message = message[n:]
		var v uint64
		var body []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			body, n = protowire.ConsumeBytes(message)
			if body == nil {
				body = []byte{}
			}
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return fmt.Errorf("%w, or cut off", ErrNotONNX)
		}
		message = message[n:]
		if kind != protowire.VarintType && kind != protowire.BytesType {
			continue
		}
		if err := f(number, v, body); err != nil {
			return err
		}
	}
	return nil
}
