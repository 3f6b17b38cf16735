package nvlabs_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/float16"
	"github.com/webmunit/webmunit/weights/formula"
)

// Python objects that the tests pickle, beside Go's nil, bool, int, float64, string and []any
// (a list).
type (
	pyTuple []any
	pyDict  []any // alternating keys and values
	pyClass struct{ module, name string }
	pyCall  struct { // module.name(args...)
		class pyClass
		args  pyTuple
	}
	pyTensor struct {
		store  *pyStorage
		offset int
		shape  []int
		stride []int
		oldest bool  // as PyTorch 0.3 wrote it
		view   []int // legacy: first element and length of a view of the storage
	}
	pyStorage struct {
		kind, key string
		numel     int
		data      []byte
	}
)

// pickler writes protocol 2, as torch.save does.
type pickler struct {
	bytes.Buffer
	legacy   bool
	storages []*pyStorage
}

func (p *pickler) save(v any) {
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
	case pyTuple:
		p.WriteByte('(')
		p.all(v)
		p.WriteByte('t')
	case pyDict:
		p.WriteString("}(")
		p.all(v)
		p.WriteByte('u')
	case pyClass:
		fmt.Fprintf(p, "c%s\n%s\n", v.module, v.name)
	case pyCall:
		p.save(v.class)
		p.save(v.args)
		p.WriteByte('R')
	case *pyStorage:
		p.storage(v, nil)
	case *pyTensor:
		p.tensor(v)
	default:
		panic(fmt.Sprintf("cannot pickle %T", v))
	}
}

func (p *pickler) all(items []any) {
	for _, v := range items {
		p.save(v)
	}
}

func (p *pickler) storage(s *pyStorage, view []int) {
	known := false
	for _, k := range p.storages {
		known = known || k.key == s.key
	}
	if !known {
		p.storages = append(p.storages, s)
	}
	id := pyTuple{"storage", pyClass{"torch", s.kind}, s.key, "cuda:0", s.numel}
	if p.legacy && view != nil {
		id = append(id, pyTuple{s.key + "view", view[0], view[1]})
	} else if p.legacy {
		id = append(id, nil)
	}
	p.save(id)
	p.WriteByte('Q')
}

func (p *pickler) tensor(t *pyTensor) {
	ints := func(v []int) pyTuple {
		out := pyTuple{}
		for _, n := range v {
			out = append(out, n)
		}
		return out
	}
	name := "_rebuild_tensor_v2"
	if t.oldest {
		name = "_rebuild_tensor"
	}
	p.save(pyClass{"torch._utils", name})
	p.WriteByte('(')
	p.storage(t.store, t.view)
	p.all([]any{t.offset, ints(t.shape), ints(t.stride)})
	if !t.oldest {
		p.all([]any{false, pyCall{pyClass{"collections", "OrderedDict"}, pyTuple{}}})
	}
	p.WriteString("tR")
}

func pickled(p *pickler, v any) []byte {
	p.WriteString("\x80\x02")
	p.save(v)
	p.WriteByte('.')
	return p.Bytes()
}

// zipFile is the form since PyTorch 1.6.
func zipFile(t testing.TB, object any) []byte {
	t.Helper()
	p := &pickler{}
	entries := []any{"data.pkl", pickled(p, object), "version", []byte("3\n")}
	for _, s := range p.storages {
		entries = append(entries, "data/"+s.key, s.data)
	}
	return zipOf(t, zip.Store, entries...)
}

func zipOf(t testing.TB, method uint16, entries ...any) []byte {
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

const legacyStart = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."

// legacyFile is the form before PyTorch 1.6.
func legacyFile(object any) []byte {
	b := []byte(legacyStart)
	b = append(b, pickled(&pickler{}, pyDict{"protocol_version", 1001, "little_endian", true})...)
	p := &pickler{legacy: true}
	b = append(b, pickled(p, object)...)
	keys := []any{}
	for _, s := range p.storages {
		keys = append(keys, s.key)
	}
	b = append(b, pickled(&pickler{}, keys)...)
	for _, s := range p.storages {
		b = binary.LittleEndian.AppendUint64(b, uint64(s.numel))
		b = append(b, s.data...)
	}
	return b
}

// newStorage holds values, of which float16 and bfloat16 keep what they can.
func newStorage(kind, key string, values []float32) *pyStorage {
	s := &pyStorage{kind: kind, key: key, numel: len(values)}
	le := binary.LittleEndian
	for _, v := range values {
		switch kind {
		case "FloatStorage":
			s.data = le.AppendUint32(s.data, math.Float32bits(v))
		case "DoubleStorage":
			s.data = le.AppendUint64(s.data, math.Float64bits(float64(v)))
		case "HalfStorage":
			s.data = le.AppendUint16(s.data, float16.Bits(v))
		case "BFloat16Storage":
			s.data = le.AppendUint16(s.data, uint16(math.Float32bits(v)>>16))
		case "LongStorage":
			s.data = le.AppendUint64(s.data, uint64(int64(v)))
		}
	}
	return s
}

func strides(shape []int) []int {
	stride := make([]int, len(shape))
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		stride[i] = n
		n *= shape[i]
	}
	return stride
}

func newTensor(key string, shape []int, values []float32) *pyTensor {
	return &pyTensor{store: newStorage("FloatStorage", key, values), shape: shape, stride: strides(shape)}
}

// handful is the smallest generator there is.
func handful() weights.Config {
	return weights.Config{
		Gen:       weights.Gen{Dim: 2, MLPDim: 2, StyleDim: 2, Activ: "relu", NDownsample: 1, NRes: 1, PadType: "zero"},
		InputDimA: 1, InputDimB: 1,
	}
}

// state is a state dict that a test changes before it is saved.
type state map[string]*pyTensor

func newState(cfg weights.Config, d weights.Domain) state {
	s := make(state)
	for _, p := range cfg.Architecture().Parts {
		for _, k := range cfg.Keys(d.Network(p)) {
			s[k.Name] = newTensor(string(d)+k.Name, k.Shape, formula.Values("pt", string(d), k.Name, k.Shape))
		}
	}
	return s
}

func (s state) dict() pyDict {
	var d pyDict
	for key, t := range s {
		d = append(d, key, t)
	}
	return d
}

// both is what NVlabs saves.
func both(a, b state) pyDict { return pyDict{"a", a.dict(), "b", b.dict()} }
