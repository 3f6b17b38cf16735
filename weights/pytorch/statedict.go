package pytorch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dict is a dict with string keys in a checkpoint.
type Dict struct {
	of      *Checkpoint
	entries map[string]value
}

// Top is what the file holds, if it is a dict; if it is a network that was pickled whole, class is that network's class. Otherwise both are empty.
func (c *Checkpoint) Top() (d *Dict, class string) { return c.dict(c.root) }

func (c *Checkpoint) dict(v value) (d *Dict, class string) {
	switch v := v.(type) {
	case *dict:
		return &Dict{c, v.entries}, ""
	case object:
		return nil, v.class.String()
	}
	return nil, ""
}

// At is the dict at key, as Top has it.
func (d *Dict) At(key string) (inner *Dict, class string) { return d.of.dict(d.entries[key]) }

// Has reports whether there is anything at key.
func (d *Dict) Has(key string) bool { return d.entries[key] != nil }

// Outline names the first keys, for messages.
func (d *Dict) Outline() string {
	const shown = 4
	keys := slices.Sorted(maps.Keys(d.entries))
	if len(keys) == 0 {
		return "it has no keys"
	}
	var names []string
	for _, key := range keys[:min(len(keys), shown)] {
		names = append(names, fmt.Sprintf("%.40q", key))
	}
	if len(keys) > shown {
		names = append(names, "...")
	}
	return "its keys are " + strings.Join(names, ", ")
}

// StateDict is the tensors of a network, by key.
type StateDict map[string]*Entry

// Entry is a tensor whose values, row-major, are read when they are asked for. Their number is the shape's.
type Entry struct {
	Shape  []int
	Floats func() ([]float32, error)
}

// StateDict has d's tensors.
func (d *Dict) StateDict() StateDict {
	s := make(StateDict)
	for _, key := range slices.Sorted(maps.Keys(d.entries)) {
		if t, ok := d.entries[key].(*tensor); ok {
			s.Add(key, &Entry{t.shape, func() ([]float32, error) { return d.of.floats(t) }})
		}
	}
	return s
}

// Add enters a tensor under its key without what wrappers of networks put into it: "module." of DataParallel, "_orig_mod." of
// torch.compile. A key that is there without them counts.
func (s StateDict) Add(key string, e *Entry) {
	plain := strings.Join(slices.DeleteFunc(strings.Split(key, "."), func(part string) bool {
		return part == "module" || part == "_orig_mod"
	}), ".")
	if s[plain] == nil || plain == key {
		s[plain] = e
	}
}

// Under gives the tensors whose keys begin with prefix, without it.
func (s StateDict) Under(prefix string) StateDict {
	inner := make(StateDict)
	for key, e := range s {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			inner[rest] = e
		}
	}
	return inner
}

// Count tells how many tensors there are of a name with consecutive numbers from 0.
func (s StateDict) Count(format string) int {
	n := 0
	for s[fmt.Sprintf(format, n)] != nil {
		n++
	}
	return n
}

// Size gives the length of an axis of the first tensor of names that is there, or 0.
func (s StateDict) Size(axis int, names ...string) int {
	for _, name := range names {
		if t := s[name]; t != nil && axis < len(t.Shape) {
			return t.Shape[axis]
		}
	}
	return 0
}

// Read reads a tensor's values, which must be finite.
func (s StateDict) Read(key string) ([]float32, error) {
	values, err := s[key].Floats()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(values, func(v float32) bool { return v-v != 0 }); i >= 0 {
		return nil, fmt.Errorf("holds %v at value %d: the training has diverged, give an earlier checkpoint", values[i], i)
	}
	return values, nil
}
