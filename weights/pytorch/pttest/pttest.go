// Package pttest writes checkpoints as torch.save does, for tests of importers: Python objects as a pickle, in both of its forms.
//
// What it exports may change with any version; runtime and weights are for other modules.
package pttest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights/float16"
)

// Python objects that the tests pickle, beside Go's nil, bool, int, float64, string and []any
// (a list).
type (
	Tuple []any
	Dict  []any // alternating keys and values
	Class struct{ Module, Name string }
	Call  struct { // module.name(args...)
		Class Class
		Args  Tuple
	}
	Tensor struct {
		Store  *Storage
		Offset int
		Shape  []int
		Stride []int
		Oldest bool  // as PyTorch 0.3 wrote it
		View   []int // legacy: first element and length of a view of the storage
	}
	Storage struct {
		Kind, Key string
		Numel     int
		Data      []byte
	}
)

// NewCall is module.name(args...).
func NewCall(module, name string, args ...any) Call {
	return Call{Class{module, name}, args}
}

// Pickler writes protocol 2, as torch.save does.
type Pickler struct {
	bytes.Buffer
	Legacy   bool
	Storages []*Storage
}

func (p *Pickler) save(v any) {
	switch v := v.(type) {
	case nil:
		p.WriteByte('N')
	case bool:
		p.WriteByte(map[bool]byte{true: 0x88, false: 0x89}[v])
	case int:
		p.WriteString("\x8a\x08")
		binary.Write(p, binary.LittleEndian, int64(v))
	case float64:
		p.WriteByte('G')
		binary.Write(p, binary.BigEndian, v)
	case string:
		p.WriteByte('X')
		binary.Write(p, binary.LittleEndian, uint32(len(v)))
		p.WriteString(v)
	case []any:
		p.WriteString("](")
		p.all(v)
		p.WriteByte('e')
	case Tuple:
		p.WriteByte('(')
		p.all(v)
		p.WriteByte('t')
	case Dict:
		p.WriteString("}(")
		p.all(v)
		p.WriteByte('u')
	case Class:
		fmt.Fprintf(p, "c%s\n%s\n", v.Module, v.Name)
	case Call:
		p.save(v.Class)
		p.save(v.Args)
		p.WriteByte('R')
	case *Storage:
		p.storage(v, nil)
	case *Tensor:
		p.tensor(v)
	default:
		panic(fmt.Sprintf("cannot pickle %T", v))
	}
}

func (p *Pickler) all(items []any) {
	for _, v := range items {
		p.save(v)
	}
}

func (p *Pickler) storage(s *Storage, view []int) {
	known := false
	for _, k := range p.Storages {
		known = known || k.Key == s.Key
	}
	if !known {
		p.Storages = append(p.Storages, s)
	}
	id := Tuple{"storage", Class{"torch", s.Kind}, s.Key, "cuda:0", s.Numel}
	if p.Legacy && view != nil {
		id = append(id, Tuple{s.Key + "view", view[0], view[1]})
	} else if p.Legacy {
		id = append(id, nil)
	}
	p.save(id)
	p.WriteByte('Q')
}

func (p *Pickler) tensor(t *Tensor) {
	ints := func(v []int) Tuple {
		out := Tuple{}
		for _, n := range v {
			out = append(out, n)
		}
		return out
	}
	name := "_rebuild_tensor_v2"
	if t.Oldest {
		name = "_rebuild_tensor"
	}
	p.save(Class{"torch._utils", name})
	p.WriteByte('(')
	p.storage(t.Store, t.View)
	p.all([]any{t.Offset, ints(t.Shape), ints(t.Stride)})
	if !t.Oldest {
		p.all([]any{false, Call{Class{"collections", "OrderedDict"}, Tuple{}}})
	}
	p.WriteString("tR")
}

func Pickled(p *Pickler, v any) []byte {
	p.WriteString("\x80\x02")
	p.save(v)
	p.WriteByte('.')
	return p.Bytes()
}

// ZipFile is the form since PyTorch 1.6.
func ZipFile(t testing.TB, object any) []byte {
	t.Helper()
	p := &Pickler{}
	entries := []any{"data.pkl", Pickled(p, object), "version", []byte("3\n")}
	for _, s := range p.Storages {
		entries = append(entries, "data/"+s.Key, s.Data)
	}
	return ZipOf(t, zip.Store, entries...)
}

func ZipOf(t testing.TB, method uint16, entries ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: "archive/" + entries[i].(string), Method: method})
		require.NoError(t, err)
		_, err = w.Write(entries[i+1].([]byte))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

const LegacyStart = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."

// LegacyFile is the form before PyTorch 1.6.
func LegacyFile(object any) []byte {
	b := []byte(LegacyStart)
	b = append(b, Pickled(&Pickler{}, Dict{"protocol_version", 1001, "little_endian", true})...)
	p := &Pickler{Legacy: true}
	b = append(b, Pickled(p, object)...)
	keys := []any{}
	for _, s := range p.Storages {
		keys = append(keys, s.Key)
	}
	b = append(b, Pickled(&Pickler{}, keys)...)
	for _, s := range p.Storages {
		b = binary.LittleEndian.AppendUint64(b, uint64(s.Numel))
		b = append(b, s.Data...)
	}
	return b
}

// NewStorage holds values, of which float16 and bfloat16 keep what they can.
func NewStorage(kind, key string, values []float32) *Storage {
	s := &Storage{Kind: kind, Key: key, Numel: len(values)}
	le := binary.LittleEndian
	for _, v := range values {
		switch kind {
		case "FloatStorage":
			s.Data = le.AppendUint32(s.Data, math.Float32bits(v))
		case "DoubleStorage":
			s.Data = le.AppendUint64(s.Data, math.Float64bits(float64(v)))
		case "HalfStorage":
			s.Data = le.AppendUint16(s.Data, float16.Bits(v))
		case "BFloat16Storage":
			s.Data = le.AppendUint16(s.Data, uint16(math.Float32bits(v)>>16))
		case "LongStorage":
			s.Data = le.AppendUint64(s.Data, uint64(int64(v)))
		}
	}
	return s
}

func Strides(shape []int) []int {
	stride := make([]int, len(shape))
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		stride[i] = n
		n *= shape[i]
	}
	return stride
}

func NewTensor(key string, shape []int, values []float32) *Tensor {
	return &Tensor{Store: NewStorage("FloatStorage", key, values), Shape: shape, Stride: Strides(shape)}
}
