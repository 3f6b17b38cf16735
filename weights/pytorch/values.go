package pytorch

import (
	"errors"
	"fmt"
	"math"
)

// value is an object of a pickle, which is dynamically typed by nature: nil, bool, int64,
// float64, string (Python's bytes too), long, tuple, *list, *dict, class, object, *storage or
// *tensor.
type value any

type (
	// long is an integer beyond int64, as little-endian bytes.
	long string

	tuple []value

	list struct{ items []value }

	// dict keeps the entries with string keys; a state dict has no others.
	dict struct{ entries map[string]value }

	// class is a name that the pickle refers to. Names are compared with the few that make
	// tensors; none is ever looked up, imported or run.
	class struct{ module, name string }

	// object stands for an instance of a class of no interest here.
	object struct{ class class }

	// storage is a run of numbers in the checkpoint, which tensors are views of.
	storage struct {
		kind  storageKind
		key   string
		begin int64 // first element within the storage named key
		numel int64
	}

	// tensor is a view of a storage; offset and stride count elements.
	tensor struct {
		storage *storage
		offset  int64
		shape   []int
		stride  []int64
	}
)

func (c class) String() string { return c.module + "." + c.name }

// storageKind is torch's name of a storage class.
type storageKind string

const (
	float32Storage  storageKind = "FloatStorage"
	float64Storage  storageKind = "DoubleStorage"
	float16Storage  storageKind = "HalfStorage"
	bfloat16Storage storageKind = "BFloat16Storage"
)

// elementSizes of the storage classes, those of no use to a model too, since a legacy file has
// to be walked over them.
var elementSizes = map[storageKind]int64{
	float32Storage: 4, float64Storage: 8, float16Storage: 2, bfloat16Storage: 2,
	"LongStorage": 8, "IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1,
	"ComplexFloatStorage": 8, "ComplexDoubleStorage": 16,
}

const maxRank = 8

// isModule tells the persistent id of a class whose source a legacy file carries, ("module", class, file, text): a network that was pickled whole.
func isModule(id value) (class, bool) {
	t, _ := id.(tuple)
	if len(t) < 2 || t[0] != "module" {
		return class{}, false
	}
	c, ok := t[1].(class)
	return c, ok
}

// newStorage makes a storage of a persistent id, ("storage", class, key, location, numel), with
// (view key, offset, numel) or None after it in a legacy file.
func newStorage(id value) (*storage, error) {
	t, _ := id.(tuple)
	if len(t) < 5 || t[0] != "storage" {
		return nil, errors.New("a reference to data that is not a storage")
	}
	c, ok1 := t[1].(class)
	key, ok2 := t[2].(string)
	numel, ok3 := t[4].(int64)
	s := &storage{kind: storageKind(c.name), key: key, numel: numel}
	if !ok1 || !ok2 || !ok3 || numel < 0 || elementSizes[s.kind] == 0 {
		return nil, fmt.Errorf("a storage of an unknown kind, %.60q", c)
	}
	if len(t) > 5 && t[5] != nil {
		view, _ := t[5].(tuple)
		if len(view) != 3 {
			return nil, errors.New("a malformed view of a storage")
		}
		begin, ok1 := view[1].(int64)
		length, ok2 := view[2].(int64)
		if !ok1 || !ok2 || begin < 0 || length < 0 || begin > numel || length > numel-begin {
			return nil, errors.New("a view outside its storage")
		}
		s.begin, s.numel = begin, length
	}
	return s, nil
}

// newTensor makes a tensor of the arguments of torch._utils._rebuild_tensor and its successor:
// storage, offset, shape, strides, and others of no interest.
func newTensor(args tuple) (*tensor, error) {
	if len(args) < 4 {
		return nil, errors.New("a tensor with too few arguments")
	}
	s, ok1 := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := args[2].(tuple)
	stride, ok4 := args[3].(tuple)
	if !ok1 || !ok2 || !ok3 || !ok4 || len(shape) != len(stride) || len(shape) > maxRank {
		return nil, errors.New("a tensor with malformed arguments")
	}
	t := &tensor{storage: s, offset: offset}
	for i := range shape {
		d, ok1 := shape[i].(int64)
		step, ok2 := stride[i].(int64)
		if !ok1 || !ok2 || d < 0 || d > 1<<31-1 || step < 0 {
			return nil, errors.New("a tensor with a malformed shape or strides")
		}
		t.shape = append(t.shape, int(d))
		t.stride = append(t.stride, step)
	}
	return t, nil
}

// span gives the number of values of the tensor and how many elements of its storage it
// reaches over, from offset, after checking that they are there. A stride of 0 repeats values
// (torch.Tensor.expand): then there are more of them than elements, as many as the shape says,
// which callers compare with the one they want before they ask for values.
func (t *tensor) span() (n, reach int64, err error) {
	room := t.storage.numel - t.offset
	if t.offset < 0 || room < 0 {
		return 0, 0, errors.New("begins outside its storage")
	}
	n, reach = 1, 1
	for i, d := range t.shape {
		if d == 0 {
			return 0, 0, nil
		}
		if t.stride[i] > 0 && int64(d)-1 > (room-reach)/t.stride[i] {
			return 0, 0, errors.New("reaches beyond its storage")
		}
		if n > math.MaxInt32/int64(d) {
			return 0, 0, errors.New("has more values than any weight")
		}
		n *= int64(d)
		reach += int64(d-1) * t.stride[i]
	}
	if reach > room {
		return 0, 0, errors.New("does not fit its storage")
	}
	return n, reach, nil
}

// contiguous tells whether the values lie row-major without gaps.
func (t *tensor) contiguous() bool {
	want := int64(1)
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.stride[i] != want {
			return false
		}
		want *= int64(t.shape[i])
	}
	return true
}
