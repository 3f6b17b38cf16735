package weights

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/webmunit/webmunit/weights/float16"
	"github.com/webmunit/webmunit/weights/replace"
)

const (
	formatName    = "munit"
	formatVersion = "1"
	scaleSuffix   = ".scale"
	maxHeader     = 16 << 20
)

// safetensors' names of the storage types that a model file uses.
const (
	stF32 = "F32"
	stF16 = "F16"
	stI8  = "I8"
	stU8  = "U8"
)

// record is a tensor as the safetensors header describes it; data is set for writing only.
type record struct {
	DType   string  `json:"dtype"`
	Shape   []int64 `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // begin and end in the data section
	name    string
	data    []byte
}

// metadata gives the model's __metadata__; json.Marshal sorts its keys.
func (m *Model) metadata() (map[string]string, error) {
	config, err := json.Marshal(m.Config)
	if err != nil {
		return nil, err
	}
	meta := map[string]string{
		"format": formatName, "version": formatVersion, "config": string(config),
		"domain_a": m.DomainA, "domain_b": m.DomainB, "dtype": string(m.DType),
		"license": m.License, "source": m.Source,
	}
	if m.Preview != nil {
		meta["preview"] = base64.StdEncoding.EncodeToString(m.Preview)
	}
	return meta, nil
}

// WriteTo writes the model as a safetensors file. Equal models give equal bytes.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	meta, err := m.metadata()
	if err != nil {
		return 0, err
	}
	return WriteTensors(w, m.Tensors, meta)
}

// WriteTensors writes tensors as a safetensors file, with meta as its __metadata__. Equal tensors give equal bytes.
func WriteTensors(w io.Writer, tensors map[string]*Tensor, meta map[string]string) (int64, error) {
	records := recordsOf(tensors)
	header, err := headerOf(meta, records)
	if err != nil {
		return 0, err
	}
	written := int64(0)
	write := func(p []byte) error {
		n, err := w.Write(p)
		written += int64(n)
		return err
	}
	if err := write(header); err != nil {
		return written, err
	}
	for _, r := range records {
		if err := write(r.data); err != nil {
			return written, err
		}
	}
	return written, nil
}

// recordsOf lists what the data section holds, in safetensors' order: element size downwards, so
// that each tensor is aligned, then by name.
func recordsOf(tensors map[string]*Tensor) []record {
	var records []record
	for name, t := range tensors {
		shape := make([]int64, len(t.Shape))
		for i, d := range t.Shape {
			shape[i] = int64(d)
		}
		switch t.DType {
		case F32:
			records = append(records, record{DType: stF32, Shape: shape, name: name, data: t.Data})
		case F16:
			records = append(records, record{DType: stF16, Shape: shape, name: name, data: t.Data})
		case Int8:
			records = append(records,
				record{DType: stI8, Shape: shape, name: name, data: t.Data},
				record{DType: stF32, Shape: shape[:1], name: name + scaleSuffix, data: f32Bytes(t.Scale)})
		case Int4:
			out, in := rows(t.Shape)
			records = append(records,
				record{DType: stU8, Shape: []int64{int64(out), int64(in+1) / 2}, name: name, data: t.Data},
				record{DType: stF16, Shape: []int64{int64(out), int64(groups(in))}, name: name + scaleSuffix, data: f16Bytes(t.Scale)})
		}
	}
	slices.SortFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(elementSize(b.DType), elementSize(a.DType)), cmp.Compare(a.name, b.name))
	})
	end := int64(0)
	for i, r := range records {
		begin := end
		end += int64(len(r.data))
		records[i].Offsets = []int64{begin, end}
	}
	return records
}

// headerOf gives the length and the JSON header, padded with spaces so that the data begins at a
// multiple of 8 bytes.
func headerOf(meta map[string]string, records []record) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 8))
	field := func(separator, name string, value any) error {
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%s%s:%s", separator, key, text)
		return nil
	}
	if err := field("{", "__metadata__", meta); err != nil {
		return nil, err
	}
	for _, r := range records {
		if err := field(",", r.name, r); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	header := b.Bytes()
	if len(header)-8 > maxHeader {
		return nil, fmt.Errorf("the file's header would be %d bytes, at most %d are allowed: use a smaller preview", len(header)-8, maxHeader)
	}
	binary.LittleEndian.PutUint64(header, uint64(len(header)-8))
	return header, nil
}

// WriteFile writes the model to path. A file that is there already is replaced only once the new
// one is whole and on disk.
func (m *Model) WriteFile(path string) error {
	err := replace.File(path, func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("the model: %w", err)
	}
	return nil
}

func f32Bytes(values []float32) []byte {
	return NewTensor([]int{len(values)}, values).Data
}

func f16Bytes(values []float32) []byte {
	b := make([]byte, 0, 2*len(values))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, float16.Bits(v))
	}
	return b
}

func elementSize(dtype string) int64 {
	switch dtype {
	case stF32:
		return 4
	case stF16:
		return 2
	case stI8, stU8:
		return 1
	}
	return 0
}
