// Package pytorch reads the files that torch.save writes: state dicts of networks, in both of its forms. Nothing in a file is ever run.
//
// What it exports may change with any version; runtime and weights are for other modules.
package pytorch

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights/float16"
	"github.com/webmunit/webmunit/weights/kind"
)

// Checkpoint is a file that torch.save wrote: an object, and where the numbers lie that its
// storages refer to. Numbers are read when a tensor is asked for.
type Checkpoint struct {
	root    value
	file    io.ReaderAt
	spans   map[string]span // by storage key
	checked map[string]bool // storages whose checksum has been compared
}

// span is a range of bytes of the file.
type span struct {
	begin, size int64
	sum         uint32 // CRC-32 of the bytes; 0 where the file does not say
}

// Open reads the object of a .pt file, in either of its forms.
func Open(file io.ReaderAt, size int64) (*Checkpoint, error) {
	start := make([]byte, min(max(size, 0), maxPickle))
	if n, err := file.ReadAt(start, 0); n < len(start) {
		return nil, fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	const wanted = "give one that torch.save wrote, such as gen_*.pt or latest_net_G_A.pth"
	switch is := kind.Of(start[:min(len(start), kind.Head)]); is {
	case kind.Zip:
		return openZip(file, size)
	case kind.Pickle:
		return openLegacy(file, size, start)
	case kind.Tar:
		return nil, errors.New("the checkpoint is a tar archive: unpack it, or, if a PyTorch before 0.2 wrote it, load it and torch.save it with a later one")
	case kind.Unknown:
		return nil, errors.New("not a PyTorch checkpoint: " + wanted)
	default:
		return nil, fmt.Errorf("not a PyTorch checkpoint, %s; %s", is.Is(), wanted)
	}
}

// openZip opens the form of PyTorch 1.6 and later: NAME/data.pkl is the object and
// NAME/data/KEY the storages, stored without compression, so that no zip bomb is possible.
func openZip(file io.ReaderAt, size int64) (*Checkpoint, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("the checkpoint is truncated or damaged (%w): copy it again", err)
	}
	c := &Checkpoint{file: file, spans: make(map[string]span), checked: make(map[string]bool)}
	var dir string
	for _, f := range z.File {
		if path.Base(f.Name) == "data.pkl" {
			dir = strings.TrimSuffix(f.Name, "data.pkl")
		}
	}
	var pickle, order span
	for _, f := range z.File {
		name, inside := strings.CutPrefix(f.Name, dir)
		if !inside {
			continue
		}
		if name == "constants.pkl" {
			return nil, errors.New("the checkpoint is a TorchScript program: give the gen_*.pt or latest_net_G.pth of the training")
		}
		key, isStorage := strings.CutPrefix(name, "data/")
		if !isStorage && name != "data.pkl" && name != "byteorder" {
			continue
		}
		s, err := storedSpan(f, size)
		if err != nil {
			return nil, err
		}
		switch {
		case isStorage:
			c.spans[key] = s
		case name == "data.pkl":
			pickle = s
		default:
			order = s
		}
	}
	if pickle.size == 0 {
		if i := slices.IndexFunc(z.File, func(f *zip.File) bool { return isCheckpointName(f.Name) }); i >= 0 {
			return nil, fmt.Errorf("the zip file is not a PyTorch checkpoint, but %.80q in it may be one: unpack it first", z.File[i].Name)
		}
		return nil, errors.New("the zip file is not a PyTorch checkpoint: it has no data.pkl")
	}
	if text, err := c.read(order, 16); err != nil {
		return nil, err
	} else if string(text) == "big" {
		return nil, errBigEndian
	}
	data, err := c.read(pickle, maxPickle)
	if err != nil {
		return nil, err
	}
	if err := pickle.check(crc32.ChecksumIEEE(data), "data.pkl"); err != nil {
		return nil, err
	}
	u := &unpickler{data: data}
	c.root, err = u.load()
	return c, err
}

func isCheckpointName(name string) bool {
	return slices.Contains([]string{".pt", ".pth", ".ckpt"}, path.Ext(name))
}

// check compares a checksum with the one that the file states.
func (s span) check(sum uint32, name string) error {
	if s.sum != 0 && s.sum != sum {
		return fmt.Errorf("the checkpoint's entry %.80q is damaged (its CRC-32 is %08x, not %08x): copy or download it again", name, sum, s.sum)
	}
	return nil
}

// checkStorage compares the checksum of a whole storage, once.
func (c *Checkpoint) checkStorage(key string, s span) error {
	if s.sum == 0 || c.checked[key] {
		return nil
	}
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, io.NewSectionReader(c.file, s.begin, s.size)); err != nil {
		return fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	c.checked[key] = true
	return s.check(sum.Sum32(), "data/"+key)
}

var errBigEndian = errors.New("the checkpoint was written on a big-endian machine: load it and torch.save it on a usual one")

// storedSpan locates an uncompressed entry of a zip file.
func storedSpan(f *zip.File, size int64) (span, error) {
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return span{}, fmt.Errorf("the checkpoint's entry %.80q is compressed, which torch.save does not do: zip it again without compression (zip -0)", f.Name)
	}
	begin, err := f.DataOffset()
	if err != nil || begin > size || f.CompressedSize64 > uint64(size-begin) {
		return span{}, fmt.Errorf("the checkpoint's entry %.80q lies outside the file: it is truncated, copy it again", f.Name)
	}
	return span{begin, int64(f.CompressedSize64), f.CRC32}, nil
}

func (c *Checkpoint) read(s span, limit int64) ([]byte, error) {
	if s.size > limit {
		return nil, fmt.Errorf("the checkpoint's object takes %d bytes, a generator's takes at most %d: give a gen_*.pt or latest_net_G.pth", s.size, limit)
	}
	b := make([]byte, s.size)
	if n, err := c.file.ReadAt(b, s.begin); n < len(b) {
		return nil, fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	return b, nil
}

// magic and protocol begin a legacy file (torch.serialization.MAGIC_NUMBER, PROTOCOL_VERSION).
const (
	magic    = long("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")
	protocol = int64(1001)
)

// openLegacy opens the form before PyTorch 1.6: pickles of the magic number, the protocol
// version, the writing system, the object, and the storages' keys; then each storage as its
// number of elements and the elements.
func openLegacy(file io.ReaderAt, size int64, start []byte) (*Checkpoint, error) {
	u := &unpickler{data: start}
	var head [5]value
	for i := range head {
		var err error
		if head[i], err = u.load(); err != nil {
			return nil, err
		}
		if i == 0 && head[0] != magic {
			return nil, errors.New("a pickle, but not a PyTorch checkpoint: give one that torch.save wrote, such as gen_*.pt or latest_net_G_A.pth")
		}
	}
	if head[1] != protocol {
		return nil, fmt.Errorf("the checkpoint has a legacy protocol other than %d: load it and torch.save it again", protocol)
	}
	if system, ok := head[2].(*dict); ok && system.entries["little_endian"] == false {
		return nil, errBigEndian
	}
	keys, ok := head[4].(*list)
	if !ok {
		return nil, errors.New("the checkpoint's list of storages is damaged: copy it again")
	}
	c := &Checkpoint{root: head[3], file: file, spans: make(map[string]span)}
	pos := int64(u.pos)
	for _, k := range keys.items {
		key, _ := k.(string)
		s := u.storages[key]
		if s == nil {
			return nil, fmt.Errorf("the checkpoint holds a storage %.40q that no tensor refers to: it is damaged, copy it again", key)
		}
		count, err := c.read(span{begin: pos, size: 8}, 8)
		if err != nil {
			return nil, fmt.Errorf("the checkpoint is truncated before storage %.40q: copy it again", key)
		}
		element := elementSizes[s.kind]
		numel := int64(binary.LittleEndian.Uint64(count))
		pos += 8
		if numel < 0 || numel > (size-pos)/element {
			return nil, fmt.Errorf("the checkpoint is truncated within storage %.40q: copy it again", key)
		}
		c.spans[key] = span{begin: pos, size: numel * element}
		pos += numel * element
	}
	return c, nil
}

// floats reads a tensor, row-major, whatever its strides, converted to float32.
func (c *Checkpoint) floats(t *tensor) ([]float32, error) {
	decode, size := decoder(t.storage.kind)
	if decode == nil {
		return nil, fmt.Errorf("is stored as torch.%s: weights are float32, float64, float16 or bfloat16", t.storage.kind)
	}
	n, reach, err := t.span()
	if err != nil {
		return nil, fmt.Errorf("%w: the checkpoint is damaged, copy it again", err)
	}
	where, ok := c.spans[t.storage.key]
	begin := t.storage.begin + t.offset // both are at most the storage's numel
	if held := where.size / size; !ok || begin < 0 || begin > held || reach > held-begin {
		return nil, fmt.Errorf("has its numbers outside storage %.40q: the checkpoint is truncated or damaged, copy it again", t.storage.key)
	}
	if err := c.checkStorage(t.storage.key, where); err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	raw, err := c.read(span{begin: where.begin + begin*size, size: reach * size}, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	values := make([]float32, n)
	if t.contiguous() {
		for i := range values {
			values[i] = decode(raw[int64(i)*size:])
		}
		return values, nil
	}
	index := make([]int, len(t.shape))
	for i := range values {
		at := int64(0)
		for axis, x := range index {
			at += int64(x) * t.stride[axis]
		}
		values[i] = decode(raw[at*size:])
		for axis := len(index) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < t.shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return values, nil
}

// decoder gives the conversion of one element and its size; nil if it is not a float.
func decoder(kind storageKind) (func([]byte) float32, int64) {
	le := binary.LittleEndian
	switch kind {
	case float32Storage:
		return func(b []byte) float32 { return math.Float32frombits(le.Uint32(b)) }, 4
	case float64Storage:
		return func(b []byte) float32 { return float32(math.Float64frombits(le.Uint64(b))) }, 8
	case float16Storage:
		return func(b []byte) float32 { return float16.Value(le.Uint16(b)) }, 2
	case bfloat16Storage:
		return func(b []byte) float32 { return math.Float32frombits(uint32(le.Uint16(b)) << 16) }, 2
	}
	return nil, 0
}
