package pytorch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// This is a reader of the pickles that torch.save writes, limited to tensors in dicts. The
// ready-made one, github.com/nlpodyssey/gopickle, allocates whatever size a file claims, panics
// on some malformed ones, loads every storage whole, and lacks views of legacy storages; making
// it safe would have taken more code than this.

// maxPickle bounds the memory that a hostile pickle can take, a few dozen bytes per byte of it.
// A MUNIT checkpoint's is under 100 kB: the numbers lie outside it.
const maxPickle = 2 << 20

// maxEntries bounds the entries of all dicts together, since a few bytes of a pickle can copy a
// dict.
const maxEntries = 1 << 18

var errPickleEnds = errors.New("the checkpoint is truncated: it ends within its pickle")

// unpickler is the stack machine of Python's pickle, protocols 2 to 5.
type unpickler struct {
	data     []byte
	pos      int
	stack    []value
	marks    []int // stack heights
	memo     map[uint32]value
	entries  int
	storages map[string]*storage // those seen, by key; legacy files need their kinds
}

// popMark pops everything above the last mark.
func (u *unpickler) popMark() ([]value, error) {
	if len(u.marks) == 0 {
		return nil, errors.New("a missing mark")
	}
	at := u.marks[len(u.marks)-1]
	u.marks = u.marks[:len(u.marks)-1]
	items := append([]value(nil), u.stack[at:]...)
	u.stack = u.stack[:at]
	return items, nil
}

// pop takes the n topmost values, never below a mark.
func (u *unpickler) pop(n int) ([]value, error) {
	floor := 0
	if len(u.marks) > 0 {
		floor = u.marks[len(u.marks)-1]
	}
	at := len(u.stack) - n
	if at < floor {
		return nil, errors.New("an empty stack")
	}
	items := append([]value(nil), u.stack[at:]...)
	u.stack = u.stack[:at]
	return items, nil
}

func (u *unpickler) push(v value) { u.stack = append(u.stack, v) }

func (u *unpickler) top() (value, error) {
	items, err := u.pop(1)
	if err != nil {
		return nil, err
	}
	u.push(items[0])
	return items[0], nil
}

func (u *unpickler) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(u.data)-u.pos) {
		return nil, errPickleEnds
	}
	b := u.data[u.pos : u.pos+int(n)]
	u.pos += int(n)
	return b, nil
}

// uint reads a little-endian number of up to 8 bytes.
func (u *unpickler) uint(size uint64) (uint64, error) {
	b, err := u.bytes(size)
	if err != nil {
		return 0, err
	}
	var full [8]byte
	copy(full[:], b)
	return binary.LittleEndian.Uint64(full[:]), nil
}

// counted reads bytes after their count, which takes size bytes.
func (u *unpickler) counted(size uint64) (string, error) {
	n, err := u.uint(size)
	if err != nil {
		return "", err
	}
	b, err := u.bytes(n)
	return string(b), err
}

func (u *unpickler) line() (string, error) {
	for end := u.pos; end < len(u.data); end++ {
		if u.data[end] == '\n' {
			s := string(u.data[u.pos:end])
			u.pos = end + 1
			return s, nil
		}
	}
	return "", errPickleEnds
}

// load runs one pickle from pos on and gives the object that it leaves.
func (u *unpickler) load() (value, error) {
	u.stack, u.marks, u.memo = nil, nil, make(map[uint32]value)
	for {
		b, err := u.bytes(1)
		if err != nil {
			return nil, err
		}
		if op := b[0]; op != opStop {
			if err := u.step(op); err != nil {
				if errors.Is(err, errPickleEnds) {
					return nil, err
				}
				return nil, fmt.Errorf("the checkpoint's pickle is damaged: %w at byte %d", err, u.pos)
			}
			continue
		}
		items, err := u.pop(1)
		if err != nil {
			return nil, errors.New("the checkpoint's pickle is damaged: it holds no object")
		}
		return items[0], nil
	}
}

const opStop = '.'

// step runs an opcode: those that push a value known from the pickle's bytes alone here, and
// those that work on the stack in build. The names are those of Python's pickletools.
func (u *unpickler) step(op byte) error {
	var v value
	var err error
	switch op {
	case 0x80: // PROTO
		_, err = u.bytes(1)
		return err
	case 0x95: // FRAME
		_, err = u.bytes(8)
		return err
	case 'N': // NONE
	case 0x88: // NEWTRUE
		v = true
	case 0x89: // NEWFALSE
		v = false
	case 'K': // BININT1
		v, err = u.int(1)
	case 'M': // BININT2
		v, err = u.int(2)
	case 'J': // BININT
		var n uint64
		n, err = u.uint(4)
		v = int64(int32(n))
	case 'I': // INT: what Python 2 writes beyond 32 bits
		var s string
		if s, err = u.line(); err == nil {
			v, err = strconv.ParseInt(s, 10, 64)
		}
	case 0x8a: // LONG1
		v, err = u.long(1)
	case 0x8b: // LONG4
		v, err = u.long(4)
	case 'G': // BINFLOAT
		var b []byte
		if b, err = u.bytes(8); err == nil {
			v = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case 'U', 0x8c, 'C': // SHORT_BINSTRING, SHORT_BINUNICODE, SHORT_BINBYTES
		v, err = u.counted(1)
	case 'T', 'X', 'B': // BINSTRING, BINUNICODE, BINBYTES
		v, err = u.counted(4)
	case 0x8d, 0x8e, 0x96: // BINUNICODE8, BINBYTES8, BYTEARRAY8
		v, err = u.counted(8)
	case ')': // EMPTY_TUPLE
		v = tuple{}
	case ']': // EMPTY_LIST
		v = &list{}
	case '}': // EMPTY_DICT
		v = &dict{}
	case 0x8f: // EMPTY_SET
		v = object{class{"builtins", "set"}}
	case 'c': // GLOBAL
		v, err = u.global()
	case 'h': // BINGET
		v, err = u.recall(1)
	case 'j': // LONG_BINGET
		v, err = u.recall(4)
	default:
		return u.build(op)
	}
	if err == nil {
		u.push(v)
	}
	return err
}

func (u *unpickler) int(size uint64) (value, error) {
	n, err := u.uint(size)
	return int64(n), err
}

func (u *unpickler) long(size uint64) (value, error) {
	s, err := u.counted(size)
	if err != nil || len(s) > 8 {
		return long(s), err
	}
	var full [8]byte
	if len(s) > 0 && s[len(s)-1]&0x80 != 0 {
		full = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	}
	copy(full[:], s)
	return int64(binary.LittleEndian.Uint64(full[:])), nil
}

func (u *unpickler) global() (value, error) {
	module, err := u.line()
	if err != nil {
		return nil, err
	}
	name, err := u.line()
	return class{module, name}, err
}

func (u *unpickler) recall(size uint64) (value, error) {
	n, err := u.uint(size)
	if err != nil {
		return nil, err
	}
	v, ok := u.memo[uint32(n)]
	if !ok {
		return nil, errors.New("a reference to an object that was not made")
	}
	return v, nil
}
