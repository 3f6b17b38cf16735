package tfport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The index of a bundle is a table of sorted keys in LevelDB's format: blocks of entries whose keys leave out what they share with the
// key before, an index block that locates them, and a footer that locates the index block.
const (
	footerSize  = 48
	trailerSize = 5 // of a block: how it is compressed, and its checksum
	tableMagic  = 0xdb4775248b80fb57
	// MaxIndex is how many bytes an .index file may have.
	MaxIndex = 64 << 20
)

var errDamaged = errors.New("the index is damaged")

// readTable gives the values of a table by key.
func readTable(file []byte) (map[string][]byte, error) {
	if len(file) < footerSize || binary.LittleEndian.Uint64(file[len(file)-8:]) != tableMagic {
		return nil, errors.New("it is no index of a TensorFlow checkpoint: give the file that ends in .index")
	}
	handles := reader{file[len(file)-footerSize : len(file)-8]}
	handles.uint() // of the index of filters, which
	handles.uint() // TensorFlow does not write
	index, err := block(file, handles.uint(), handles.uint())
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	err = entries(index, func(_ string, handle []byte) error {
		h := reader{handle}
		data, err := block(file, h.uint(), h.uint())
		if err != nil {
			return err
		}
		return entries(data, func(key string, value []byte) error {
			all[key] = value
			return nil
		})
	})
	return all, err
}

// block gives the contents of a block once its checksum holds.
func block(file []byte, offset, size uint64) ([]byte, error) {
	length := uint64(len(file))
	if offset > length || size > length || offset+size+trailerSize > length {
		return nil, errDamaged
	}
	data := file[offset : offset+size+1] // the checksum covers the kind of compression
	if !sumHolds(data, binary.LittleEndian.Uint32(file[offset+size+1:])) {
		return nil, errDamaged
	}
	if data[size] != 0 {
		return nil, errors.New("the index is compressed, which TensorFlow's checkpoints are not")
	}
	return data[:size], nil
}

// entries calls f for each entry of a block.
func entries(data []byte, f func(key string, value []byte) error) error {
	if len(data) < 4 {
		return errDamaged
	}
	restarts := uint64(binary.LittleEndian.Uint32(data[len(data)-4:]))
	if 4*(restarts+1) > uint64(len(data)) {
		return errDamaged
	}
	var key []byte
	for r := (reader{data[:uint64(len(data))-4*(restarts+1)]}); len(r.rest) > 0; {
		shared, own, size := r.uint(), r.uint(), r.uint()
		if shared > uint64(len(key)) {
			return errDamaged
		}
		key = append(key[:shared:shared], r.bytes(own)...)
		value := r.bytes(size)
		if r.rest == nil {
			return errDamaged
		}
		if err := f(string(key), value); err != nil {
			return err
		}
	}
	return nil
}

// reader takes values off the front of rest, which becomes nil once one is missing.
type reader struct{ rest []byte }

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.rest = nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest = nil
		return nil
	}
	head := r.rest[:n]
	r.rest = r.rest[n:]
	if r.rest == nil {
		r.rest = []byte{} // at the end, and whole
	}
	return head
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumHolds compares a CRC-32C as TensorFlow stores it: rotated and shifted, so that sums of data that holds sums stay strong.
func sumHolds(data []byte, stored uint32) bool {
	sum := crc32.Checksum(data, castagnoli)
	return sum>>15|sum<<17 == stored-maskDelta
}

const maskDelta = 0xa282ead8

func damaged(name string) error {
	return fmt.Errorf("tensor %q is damaged: copy the checkpoint again, with its .index and .data files of one step", name)
}
