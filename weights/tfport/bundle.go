package tfport

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Shard is an open .data file. A *bytes.Reader and an *io.SectionReader are ones.
type Shard interface {
	io.ReaderAt
	Size() int64
}

// bundle is a checkpoint of TensorFlow in its V2 form: an index of tensors, whose bytes lie in shards.
type bundle struct {
	entries map[string]entry
	shard   func(i, count int) (Shard, error)
	shards  int
}

// entry says where a tensor lies (BundleEntryProto).
type entry struct {
	dtype        uint64
	shape        []int
	shard        int
	offset, size int64
	sum          uint32
}

const (
	dtFloat   = 1
	maxShards = 1 << 16
	maxRank   = 8
)

func openBundle(index []byte, shard func(i, count int) (Shard, error)) (*bundle, error) {
	if len(index) > MaxIndex {
		return nil, fmt.Errorf("the index has %d bytes, at most %d are read", len(index), MaxIndex)
	}
	table, err := readTable(index)
	if err != nil {
		return nil, err
	}
	b := &bundle{entries: map[string]entry{}, shard: shard}
	for name, value := range table {
		if name == "" { // BundleHeaderProto
			err = fields(value, func(number protowire.Number, v uint64, _ []byte) error {
				switch {
				case number == 1 && v <= maxShards:
					b.shards = int(v)
				case number == 1 || number == 2 && v != 0:
					return fmt.Errorf("the checkpoint has %d shards or is big-endian, neither of which is read", v)
				}
				return nil
			})
		} else {
			b.entries[name], err = parseEntry(value)
		}
		if err != nil {
			return nil, fmt.Errorf("%q in the index: %w", name, err)
		}
	}
	return b, nil
}

func parseEntry(value []byte) (e entry, err error) {
	err = fields(value, func(number protowire.Number, v uint64, sub []byte) error {
		switch number {
		case 1:
			e.dtype = v
		case 2:
			return fields(sub, func(number protowire.Number, _ uint64, dim []byte) error {
				if number != 2 {
					return nil
				}
				size := uint64(0) // a dimension of 0 is left out
				err := fields(dim, func(number protowire.Number, v uint64, _ []byte) error {
					if number == 1 {
						size = v
					}
					return nil
				})
				if size > math.MaxInt32 || len(e.shape) == maxRank {
					return errDamaged
				}
				e.shape = append(e.shape, int(size))
				return err
			})
		case 3:
			e.shard = int(min(v, maxShards))
		case 4:
			e.offset = int64(v)
		case 5:
			e.size = int64(v)
		case 6:
			e.sum = uint32(v)
		}
		return nil
	})
	return e, err
}

// fields calls f for each field of a protobuf message, with its number or its bytes.
func fields(message []byte, f func(number protowire.Number, v uint64, sub []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errDamaged
		}
		message = message[n:]
		var v uint64
		var sub []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			var fixed uint32
			fixed, n = protowire.ConsumeFixed32(message)
			v = uint64(fixed)
		case protowire.BytesType:
			sub, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return errDamaged
		}
		message = message[n:]
		if err := f(number, v, sub); err != nil {
			return err
		}
	}
	return nil
}

// floats reads a tensor of the shape that the caller has checked its entry for.
func (b *bundle) floats(name string) ([]float32, error) {
	e := b.entries[name]
	elems := int64(1)
	for _, d := range e.shape {
		elems *= int64(d)
		if elems > math.MaxInt32 {
			return nil, damaged(name)
		}
	}
	switch {
	case e.dtype != dtFloat:
		return nil, fmt.Errorf("tensor %q is not float32 (TensorFlow's type %d): only float32 is read", name, e.dtype)
	case e.size != 4*elems || e.offset < 0 || e.shard >= b.shards:
		return nil, damaged(name)
	}
	shard, err := b.shard(e.shard, b.shards)
	if err != nil {
		return nil, err
	}
	if e.size > shard.Size() || e.offset > shard.Size()-e.size {
		return nil, fmt.Errorf("tensor %q lies beyond the end of the .data file: copy the checkpoint again", name)
	}
	data := make([]byte, e.size)
	if _, err := shard.ReadAt(data, e.offset); err != nil {
		return nil, fmt.Errorf("tensor %q cannot be read: %w", name, err)
	}
	if !sumHolds(data, e.sum) {
		return nil, damaged(name)
	}
	values := make([]float32, elems)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		if values[i]-values[i] != 0 {
			return nil, fmt.Errorf("tensor %q holds %v at value %d: the training has diverged, give an earlier checkpoint", name, values[i], i)
		}
	}
	return values, nil
}
