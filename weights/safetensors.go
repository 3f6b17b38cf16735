package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A MUNIT has some hundreds of tensors; the cap keeps a hostile header of millions of empty
// entries from growing to many times its size in memory.
const maxTensors = 1 << 14

// safetensors is a file whose tensors are checked to tile its data section exactly.
type safetensors struct {
	metadata map[string]string
	records  map[string]record // those not taken yet
	data     []byte            // the data section
}

func (f *safetensors) bytes(r record) []byte {
	return f.data[r.Offsets[0]:r.Offsets[1]:r.Offsets[1]]
}

func (f *safetensors) take(name string) (record, bool) {
	r, ok := f.records[name]
	delete(f.records, name)
	return r, ok
}

// anyRecord gives the first record left, by name, so that an error is the same each time.
func (f *safetensors) anyRecord() record {
	var first record
	for name, r := range f.records {
		if first.name == "" || name < first.name {
			first = r
		}
	}
	return first
}

func splitFile(file []byte) (*safetensors, error) {
	if len(file) < 8 {
		return nil, fmt.Errorf("%w: only %d bytes", ErrNotModel, len(file))
	}
	length := binary.LittleEndian.Uint64(file)
	rest := file[8:]
	if length > maxHeader {
		return nil, fmt.Errorf("%w: %s", ErrNotModel, guess(file, length))
	}
	if uint64(len(rest)) < length {
		if len(rest) > 0 && rest[0] != '{' {
			return nil, fmt.Errorf("%w: it has no safetensors header", ErrNotModel)
		}
		return nil, fmt.Errorf("the model file is truncated: %d bytes, its header alone needs %d; download it again", len(file), 8+length)
	}
	f := &safetensors{records: make(map[string]record), data: rest[length:]}
	if err := f.parseHeader(rest[:length]); err != nil {
		return nil, err
	}
	return f, f.checkLayout()
}

// guess says what a file is that does not start with a sensible header length.
func guess(file []byte, length uint64) string {
	start := bytes.TrimLeft(file[:min(len(file), 512)], " \t\r\n\ufeff")
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte{0x80, 2}):
		return "it looks like a PyTorch checkpoint; convert it with munit convert"
	case bytes.HasPrefix(start, []byte("<")):
		return "it looks like a web page; check the address it came from"
	}
	return fmt.Sprintf("its header would have %d bytes, at most %d are allowed", length, maxHeader)
}

// parseHeader reads the JSON object entry by entry, since decoding into a map would hide
// duplicate names.
func (f *safetensors) parseHeader(header []byte) error {
	dec := json.NewDecoder(bytes.NewReader(header))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("%w: its header is not a JSON object", ErrNotModel)
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return fmt.Errorf("%w: its header is not JSON: %v", ErrNotModel, err)
		}
		name, ok := t.(string)
		if !ok {
			return fmt.Errorf("%w: its header is not JSON", ErrNotModel)
		}
		if name == "__metadata__" {
			if f.metadata != nil {
				return errors.New("the model file has two __metadata__ entries: it is made wrongly")
			}
			if err := dec.Decode(&f.metadata); err != nil {
				return fmt.Errorf("%w: its __metadata__ is not a JSON object of strings", ErrNotModel)
			}
			continue
		}
		if err := f.parseRecord(dec, name); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("%w: its header is not JSON: %v", ErrNotModel, err)
	}
	if len(bytes.Trim(header[dec.InputOffset():], " \t\r\n")) > 0 {
		return fmt.Errorf("%w: its header goes on after the JSON object", ErrNotModel)
	}
	return nil
}

func (f *safetensors) parseRecord(dec *json.Decoder, name string) error {
	if _, twice := f.records[name]; twice {
		return fmt.Errorf("tensor %.200q is listed twice: the file is made wrongly", name)
	}
	if len(f.records) == maxTensors {
		return fmt.Errorf("the model file lists more than %d tensors: it is made wrongly", maxTensors)
	}
	r := record{name: name}
	if err := dec.Decode(&r); err != nil {
		return fmt.Errorf("tensor %.200q has a malformed entry (%v): the file is damaged, download it again", name, err)
	}
	f.records[name] = r
	return nil
}

// checkLayout checks each tensor by itself, then that together they tile the data.
func (f *safetensors) checkLayout() error {
	order := make([]record, 0, len(f.records))
	for _, r := range f.records {
		order = append(order, r)
	}
	slices.SortFunc(order, func(a, b record) int { return cmp.Compare(a.name, b.name) })
	for _, r := range order {
		if err := r.check(int64(len(f.data))); err != nil {
			return fmt.Errorf("tensor %.200q %w", r.name, err)
		}
	}
	slices.SortStableFunc(order, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.Offsets[0], b.Offsets[0]), cmp.Compare(a.Offsets[1], b.Offsets[1]))
	})
	end, last := int64(0), "the start"
	for _, r := range order {
		switch begin := r.Offsets[0]; {
		case begin < end:
			return fmt.Errorf("tensor %.200q overlaps %.200q: the file is made wrongly, convert the checkpoint again", r.name, last)
		case begin > end:
			return fmt.Errorf("tensor %.200q leaves a hole of %d bytes after %.200q: the file is made wrongly, convert the checkpoint again", r.name, begin-end, last)
		}
		end, last = r.Offsets[1], r.name
	}
	if trailing := int64(len(f.data)) - end; trailing > 0 {
		return fmt.Errorf("%d trailing bytes after the last tensor %.200q: the file is damaged, download it again", trailing, last)
	}
	return nil
}

// check checks a record by itself against the size of the data section.
func (r record) check(dataSize int64) error {
	size := elementSize(r.DType)
	if size == 0 {
		return fmt.Errorf("has the unknown dtype %.40q: F32, F16, I8 and U8 are read; update the program or convert the checkpoint again", r.DType)
	}
	if len(r.Offsets) != 2 {
		return fmt.Errorf("has %d data_offsets, must be 2: the file is made wrongly", len(r.Offsets))
	}
	begin, end := r.Offsets[0], r.Offsets[1]
	if begin < 0 || end < begin {
		return fmt.Errorf("has the data_offsets %v: the file is made wrongly", r.Offsets)
	}
	want, ok := byteSize(r.Shape, size)
	if !ok {
		return fmt.Errorf("has the impossible shape %s: the file is made wrongly", shortShape(r.Shape))
	}
	if want != end-begin {
		return fmt.Errorf("of shape %s and dtype %s needs %d bytes but has %d: the file is made wrongly, convert the checkpoint again",
			shortShape(r.Shape), r.DType, want, end-begin)
	}
	if end > dataSize {
		return fmt.Errorf("ends at byte %d of %d: the file is truncated, download it again", end, dataSize)
	}
	return nil
}

// byteSize multiplies a shape that nobody has checked yet.
func byteSize(shape []int64, element int64) (int64, bool) {
	n := element
	for _, d := range shape {
		if d <= 0 || n > math.MaxInt64/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// shortShape keeps a hostile shape from filling the screen.
func shortShape(shape []int64) string {
	if len(shape) > 8 {
		return fmt.Sprintf("%v… (rank %d)", shape[:8], len(shape))
	}
	return fmt.Sprint(shape)
}
