package weights

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unsafe"

	"github.com/webmunit/webmunit/weights/strictjson"
)

// ErrNotModel is what Parse and Open wrap when the data is no munit model file at all, as
// opposed to a damaged one.
var ErrNotModel = errors.New("not a munit model")

// Open reads the model file at path. All that its header claims is checked before its tensors are read.
func Open(path string) (m *Model, err error) {
	err = withFile(path, func(f *os.File, size int64) error {
		file, err := readHeader(f, size)
		if err != nil {
			return err
		}
		if _, err := file.copy().model(); err != nil { // in vain, before the tensors are read
			return err
		}
		if file.data, err = readData(f, file); err != nil {
			return err
		}
		m, err = file.model()
		return err
	})
	return m, err
}

// Describe reads the header of the model file at path and checks it as Open does: the model without its numbers. Tensors have shapes and
// dtypes, and neither Data nor Scale, so that a model of any size is described at once.
func Describe(path string) (m *Model, err error) {
	err = withFile(path, func(f *os.File, size int64) error {
		file, err := readHeader(f, size)
		if err != nil {
			return err
		}
		m, err = file.model()
		return err
	})
	return m, err
}

// Metadata reads the __metadata__ of any safetensors file at path, and nothing else of it.
func Metadata(path string) (meta map[string]string, err error) {
	err = withFile(path, func(f *os.File, size int64) error {
		file, err := readHeader(f, size)
		if err == nil {
			meta = file.metadata
		}
		return err
	})
	return meta, err
}

// ParseConfig reads the config that a model's metadata has as JSON, and checks it.
func ParseConfig(text string) (c Config, err error) {
	if err := strictjson.Unmarshal([]byte(text), &c); err != nil {
		return Config{}, fmt.Errorf("the model file's config cannot be read (%w): convert the checkpoint again", err)
	}
	return c, c.Validate()
}

// withFile calls read with the regular file at path. Errors but those of opening it name path.
func withFile(path string, read func(f *os.File, size int64) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w: it is not a file", path, ErrNotModel)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f, info.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func readData(f io.ReaderAt, file *safetensors) ([]byte, error) {
	data := make([]byte, file.size)
	if n, err := f.ReadAt(data, file.begin); n < len(data) {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return data, nil
}

// Parse checks a whole model file and gives the model. The model's tensors lie in data, which
// must not change afterwards. Errors name the tensor at fault; ErrNotModel tells other kinds of
// file from a damaged model.
func Parse(data []byte) (*Model, error) {
	file, err := splitFile(data)
	if err != nil {
		return nil, err
	}
	return file.model()
}

func (f *safetensors) model() (*Model, error) {
	m, err := parseMetadata(f.metadata)
	if err != nil {
		return nil, err
	}
	for _, n := range m.Config.Networks() {
		if err := m.takeNetwork(f, n); err != nil {
			return nil, err
		}
	}
	if len(f.records) > 0 {
		r := f.anyRecord()
		return nil, fmt.Errorf("tensor %q is no part of a model with this config: the file is made wrongly, convert the checkpoint again", r.name)
	}
	if len(m.Tensors) == 0 {
		return nil, errors.New("the model file holds no tensors: convert the checkpoint again")
	}
	return m, nil
}

// ParseTensors reads any safetensors file of F32 and F16 tensors, which keep lying in data, and its __metadata__. Checks are those of Parse.
func ParseTensors(data []byte) (map[string]*Tensor, map[string]string, error) {
	file, err := splitFile(data)
	if err != nil {
		return nil, nil, err
	}
	tensors, err := file.tensors()
	return tensors, file.metadata, err
}

// OpenTensors is ParseTensors of the file at path, whose tensors may take limit bytes: more is refused before it is read.
func OpenTensors(path string, limit int64) (tensors map[string]*Tensor, meta map[string]string, err error) {
	err = withFile(path, func(f *os.File, size int64) error {
		file, err := readHeader(f, size)
		if err != nil {
			return err
		}
		meta = file.metadata
		if file.size > limit {
			return fmt.Errorf("its tensors take %d bytes, at most %d are read here: it is another file than the one wanted", file.size, limit)
		}
		if file.data, err = readData(f, file); err != nil {
			return err
		}
		tensors, err = file.tensors()
		return err
	})
	return tensors, meta, err
}

func (f *safetensors) tensors() (map[string]*Tensor, error) {
	tensors := make(map[string]*Tensor, len(f.records))
	for name, r := range f.records {
		t := &Tensor{DType: F32, Data: f.bytes(r), Shape: make([]int, len(r.Shape))}
		switch r.DType {
		case stF32:
		case stF16:
			t.DType = F16
		default:
			return nil, fmt.Errorf("tensor %q is stored as %s: only F32 and F16 are read here", name, r.DType)
		}
		for i, d := range r.Shape {
			t.Shape[i] = int(d)
		}
		if err := checkFinite(t, name); err != nil {
			return nil, err
		}
		tensors[name] = t
	}
	return tensors, nil
}

func parseMetadata(meta map[string]string) (*Model, error) {
	if f := meta["format"]; f != formatName {
		return nil, fmt.Errorf("%w: a safetensors file of format %.40q, not %q; convert the original checkpoint with munit convert", ErrNotModel, f, formatName)
	}
	if v := meta["version"]; v != formatVersion {
		return nil, fmt.Errorf("the model file has version %.40q, this program reads version %q: update the program or convert the checkpoint again", v, formatVersion)
	}
	m := &Model{
		DomainA: meta["domain_a"], DomainB: meta["domain_b"],
		License: meta["license"], Source: meta["source"],
		DType:   DType(meta["dtype"]),
		Tensors: make(map[string]*Tensor),
	}
	if !slices.Contains(DTypes[:], m.DType) {
		return nil, fmt.Errorf("the model file's dtype is %.40q: must be one of %v", string(m.DType), DTypes)
	}
	var err error
	if m.Config, err = ParseConfig(meta["config"]); err != nil {
		return nil, err
	}
	if text, ok := meta["preview"]; ok {
		m.Preview, err = base64.StdEncoding.DecodeString(text)
		if err != nil || !bytes.HasPrefix(m.Preview, []byte("\x89PNG\r\n\x1a\n")) {
			return nil, errors.New("the model file's preview is not a PNG in base64: convert the checkpoint again")
		}
	}
	return m, nil
}

// takeNetwork moves a network's tensors from the file to the model, if the file has the network.
func (m *Model) takeNetwork(file *safetensors, n Network) error {
	keys := m.Config.Keys(n)
	there := slices.ContainsFunc(keys, func(k Key) bool {
		_, ok := file.records[n.Domain.Tensor(k.Name)]
		return ok
	})
	if !there {
		return nil
	}
	for _, k := range keys {
		name := n.Domain.Tensor(k.Name)
		t, err := file.takeTensor(name, k.Shape)
		if err != nil {
			return err
		}
		m.Tensors[name] = t
	}
	return nil
}

// takeTensor removes a weight, and its scale, from the file.
func (f *safetensors) takeTensor(name string, shape []int) (*Tensor, error) {
	r, ok := f.take(name)
	if !ok {
		return nil, fmt.Errorf("tensor %q (shape %v) is missing: the file is incomplete, convert the checkpoint again", name, shape)
	}
	t := &Tensor{Shape: shape, Data: f.bytes(r)}
	var err error
	switch {
	case r.DType == stF32:
		t.DType = F32
		err = r.expect(shape...)
	case len(shape) < 2:
		return nil, fmt.Errorf("tensor %q is stored as %s: vectors must be F32, convert the checkpoint again", name, r.DType)
	case r.DType == stF16:
		t.DType = F16
		err = r.expect(shape...)
	case r.DType == stI8:
		t.DType = Int8
		if err = r.expect(shape...); err == nil {
			t.Scale, err = f.takeScale(name, stF32, shape[0])
		}
	case r.DType == stU8:
		t.DType = Int4
		out, in := rows(shape)
		if err = r.expect(out, (in+1)/2); err == nil {
			t.Scale, err = f.takeScale(name, stF16, out, groups(in))
		}
	}
	if err != nil {
		return nil, err
	}
	return t, checkFinite(t, name)
}

func (f *safetensors) takeScale(name, dtype string, shape ...int) ([]float32, error) {
	name += scaleSuffix
	r, ok := f.take(name)
	if !ok {
		return nil, fmt.Errorf("tensor %q (shape %v) is missing: a quantised weight needs its scale, convert the checkpoint again", name, shape)
	}
	if r.DType != dtype {
		return nil, fmt.Errorf("tensor %q is stored as %s, must be %s: convert the checkpoint again", name, r.DType, dtype)
	}
	if err := r.expect(shape...); err != nil {
		return nil, err
	}
	t := &Tensor{Shape: shape, DType: F32, Data: f.bytes(r)}
	if dtype == stF16 {
		t.DType = F16
	}
	if t.Data == nil {
		return nil, nil
	}
	return t.Float32s(), checkFinite(t, name)
}

// expect checks the stored shape against the one that the config asks for.
func (r record) expect(shape ...int) error {
	if !slices.EqualFunc(r.Shape, shape, func(a int64, b int) bool { return a == int64(b) }) {
		return fmt.Errorf("tensor %q has shape %v, but its config asks for %v: convert the checkpoint again", r.name, r.Shape, shape)
	}
	return nil
}

// checkFinite refuses NaN and Inf, which would spread over the whole picture. They are the
// values with all exponent bits set, which needs no decoding.
func checkFinite(t *Tensor, name string) error {
	size, exponent := 4, uint32(0x7f800000)
	switch t.DType {
	case F16:
		size, exponent = 2, 0x7c007c00
	case Int8, Int4:
		return nil
	}
	for at := 0; at < len(t.Data); at += finiteChunk {
		chunk := t.Data[at:min(at+finiteChunk, len(t.Data))]
		if allFinite(chunk, exponent) {
			continue
		}
		for i := 0; ; i += size {
			if !allFinite(chunk[i:i+size], exponent) {
				return fmt.Errorf("tensor %q holds NaN or infinity at value %d: the file is damaged or the training diverged, convert the checkpoint again", name, (at+i)/size)
			}
		}
	}
	return nil
}

// finiteChunk is how many bytes one call of allFinite looks at: few, since browsers replace slow first code of a function by fast code between
// two calls only.
const finiteChunk = 4 << 10

// allFinite reports whether no value in data has all bits of its exponent set; exponent has those bits of each value that 4 bytes hold. Adding
// the lowest of them to what a value has of them carries into its sign, which is clear, just if all are set.
//
//go:noinline
func allFinite(data []byte, exponent uint32) bool {
	lowest := exponent &^ (exponent << 1)
	signs := exponent << 1 &^ exponent
	var carried uint32
	if readableInPlace(data) { // in wasm, putting a word together from bytes takes ten times as long
		for _, word := range unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/4) {
			carried |= word&exponent + lowest
		}
		data = data[len(data)&^3:]
	}
	for len(data) > 0 {
		var word [4]byte
		data = data[copy(word[:], data):]
		carried |= binary.LittleEndian.Uint32(word[:])&exponent + lowest
	}
	return carried&signs == 0
}
