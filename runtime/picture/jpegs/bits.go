package jpegs

import (
	"bufio"
	"fmt"
	"io"
)

// bits reads the bits of a scan, in which a byte 0xff stands before 0 or begins a marker.
type bits struct {
	r       *bufio.Reader
	left    uint32 // the lowest count bits are yet to be read
	count   int
	pending byte // a marker that was come upon
}

// take reads n bits, at most 16.
func (b *bits) take(n int) (int, error) {
	for b.count < n {
		v, err := b.next()
		if err != nil {
			return 0, err
		}
		b.left, b.count = b.left<<8|uint32(v), b.count+8
	}
	b.count -= n
	return int(b.left >> b.count & (1<<n - 1)), nil
}

func (b *bits) next() (byte, error) {
	if b.pending != 0 {
		return 0, fmt.Errorf("a scan is too short: %w", io.ErrUnexpectedEOF)
	}
	v, err := b.r.ReadByte()
	if err != nil || v != 0xff {
		return v, unexpected(err)
	}
	for v == 0xff {
		if v, err = b.r.ReadByte(); err != nil {
			return 0, unexpected(err)
		}
	}
	if v != 0 {
		b.pending = v
		return 0, fmt.Errorf("a scan is too short: %w", io.ErrUnexpectedEOF)
	}
	return 0xff, nil
}

// align drops what is left of a byte.
func (b *bits) align() { b.count, b.left = 0, 0 }

// value reads a number of so many bits (ITU-T T.81, F.2.2.1: EXTEND).
func (b *bits) value(size int) (int, error) {
	v, err := b.take(size)
	if size > 0 && v < 1<<(size-1) {
		v -= 1<<size - 1
	}
	return v, err
}

// huffman is a code: for each length how many codes have it and where their values begin.
type huffman struct {
	counts [17]int
	values []byte
}

func (d *decoder) defineHuffman(data []byte) error {
	for len(data) > 0 {
		if len(data) < 17 || data[0]>>4 > 1 || data[0]&15 > 3 {
			return fmt.Errorf("%w: Huffman code", errFormat)
		}
		h, total, room := &huffman{}, 0, 1
		for i := 1; i <= 16; i++ {
			h.counts[i] = int(data[i])
			total += h.counts[i]
			if room = 2*room - h.counts[i]; room < 0 {
				return fmt.Errorf("%w: Huffman code", errFormat)
			}
		}
		if total > 256 || len(data) < 17+total {
			return fmt.Errorf("%w: Huffman code", errFormat)
		}
		h.values = data[17 : 17+total]
		d.tables[data[0]>>4][data[0]&15], data = h, data[17+total:]
	}
	return nil
}

// symbol reads a coded value.
func (b *bits) symbol(h *huffman) (byte, error) {
	code, first, at := 0, 0, 0
	for length := 1; length <= 16; length++ {
		bit, err := b.take(1)
		if err != nil {
			return 0, err
		}
		code |= bit
		if i := code - first; i < h.counts[length] {
			return h.values[at+i], nil
		}
		at += h.counts[length]
		first = (first + h.counts[length]) << 1
		code <<= 1
	}
	return 0, fmt.Errorf("%w: no such code", errFormat)
}
