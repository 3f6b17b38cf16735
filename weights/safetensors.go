package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/webmunit/webmunit/weights/kind"
	"github.com/webmunit/webmunit/weights/strictjson"
)

// A MUNIT has some hundreds of tensors; the cap keeps a hostile header of millions of empty
// entries from growing to many times its size in memory.
const maxTensors = 1 << 14

// safetensors is a file whose tensors are checked to tile its data section exactly.
type safetensors struct {
	metadata map[string]string
	records  map[string]record // those not taken yet
	begin    int64             // of the data section in the file
	size     int64             // of the data section
	data     []byte            // the data section; nil where only the header was read
}

// bytes are a tensor's, or nil where only the header was read.
func (f *safetensors) bytes(r record) []byte {
	if f.data == nil {
		return nil
	}
	return f.data[r.Offsets[0]:r.Offsets[1]:r.Offsets[1]]
}

// copy has records of its own to take.
func (f *safetensors) copy() *safetensors {
	other := *f
	other.records = maps.Clone(f.records)
	return &other
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

// readHeader reads and checks a file's header, and no more of the file, which has size bytes: what a header claims is held against that
// before any memory is taken for it.
func readHeader(file io.ReaderAt, size int64) (*safetensors, error) {
	start := make([]byte, min(max(size, 0), kind.Head))
	if n, err := file.ReadAt(start, 0); n < len(start) {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	if is := kind.Of(start); is != kind.Unknown && is != kind.Safetensors {
		return nil, fmt.Errorf("%w: %s", ErrNotModel, foreign(is))
	}
	if size < 8 {
		return nil, fmt.Errorf("%w: only %d bytes", ErrNotModel, size)
	}
	length := binary.LittleEndian.Uint64(start)
	switch {
	case size > 8 && start[8] != '{':
		return nil, fmt.Errorf("%w: it has no safetensors header", ErrNotModel)
	case length > maxHeader:
		return nil, fmt.Errorf("%w: its header would have %d bytes, at most %d are allowed", ErrNotModel, length, maxHeader)
	case uint64(size-8) < length:
		return nil, fmt.Errorf("the model file is truncated: %d bytes, its header alone needs %d; download it again", size, 8+length)
	}
	header := make([]byte, length)
	if n, err := file.ReadAt(header, 8); n < len(header) {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	begin := 8 + int64(length)
	f := &safetensors{records: make(map[string]record), begin: begin, size: size - begin}
	if err := f.parseHeader(header); err != nil {
		return nil, err
	}
	return f, f.checkLayout()
}

// splitFile reads the header of a file in memory.
func splitFile(file []byte) (*safetensors, error) {
	f, err := readHeader(bytes.NewReader(file), int64(len(file)))
	if err == nil {
		f.data = file[f.begin:]
	}
	return f, err
}

// foreign says what a file is that is no safetensors file, and what to do.
func foreign(is kind.Kind) string {
	switch is {
	case kind.Zip, kind.Pickle:
		return "it looks like a PyTorch checkpoint; convert it with munit convert"
	}
	return is.Is()
}

// parseHeader reads the JSON object entry by entry, so that it never has more in memory than maxTensors entries.
func (f *safetensors) parseHeader(header []byte) error {
	r := strictjson.NewReader(header)
	if r.Begin() != nil {
		return fmt.Errorf("%w: its header is not a JSON object", ErrNotModel)
	}
	for {
		name, more, err := r.Name()
		switch {
		case wrongNames(err):
			return fmt.Errorf("the model file's header: %w: it is made wrongly", err)
		case err != nil:
			return fmt.Errorf("%w: its header is not JSON: %v", ErrNotModel, err)
		case !more:
			if r.End() != nil {
				return fmt.Errorf("%w: its header goes on after the JSON object", ErrNotModel)
			}
			return nil
		case name == "__metadata__":
			err = f.parseMetadata(r)
		default:
			err = f.parseRecord(r, name)
		}
		if err != nil {
			return err
		}
	}
}

func wrongNames(err error) bool {
	_, wrong := errors.AsType[strictjson.NameError](err)
	return wrong
}

func (f *safetensors) parseMetadata(r *strictjson.Reader) error {
	switch err := r.Decode(&f.metadata); {
	case wrongNames(err):
		return fmt.Errorf("the model file's __metadata__: %w: it is made wrongly", err)
	case err != nil:
		return fmt.Errorf("%w: its __metadata__ is not a JSON object of strings", ErrNotModel)
	}
	return nil
}

func (f *safetensors) parseRecord(r *strictjson.Reader, name string) error {
	if len(f.records) == maxTensors {
		return fmt.Errorf("the model file lists more than %d tensors: it is made wrongly", maxTensors)
	}
	entry := record{name: name}
	if err := r.Decode(&entry); err != nil {
		return fmt.Errorf("tensor %.200q has a malformed entry (%w): the file is damaged, download it again", name, err)
	}
	f.records[name] = entry
	return nil
}

// checkLayout checks each tensor by itself, then that together they tile the data.
func (f *safetensors) checkLayout() error {
	order := make([]*record, 0, len(f.records)) // pointers, stably: what sorts them is in the page's code already
	for _, r := range f.records {
		order = append(order, &r)
	}
	slices.SortStableFunc(order, func(a, b *record) int { return cmp.Compare(a.name, b.name) })
	for _, r := range order {
		if err := r.check(f.size); err != nil {
			return fmt.Errorf("tensor %.200q %w", r.name, err)
		}
	}
	slices.SortStableFunc(order, func(a, b *record) int {
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
	if trailing := f.size - end; trailing > 0 {
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
