package gpu

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/shaders"
	"github.com/webmunit/webmunit/weights/strictjson"
)

// Store keeps what Tune measured from one run of a program to the next. Its methods are not called at the same time.
type Store interface {
	// Load gives what was saved under key, 32 hexadecimal digits, or nil if there is nothing.
	Load(key string) ([]byte, error)
	// Save replaces what is there under key. Other programs may do so too: the last one wins.
	Save(key string, data []byte) error
}

// recordFormat is part of the key, so that another version of this program finds nothing rather than something else.
const recordFormat = 1

// record is what is stored under one key.
type record struct {
	Adapter string  `json:"adapter"` // for people: the key is what tells
	Shapes  []Tuned `json:"shapes"`
}

// TuningKey names all that a measurement holds for: the adapter with its driver, features and limits, the kernels and the variants.
func (e *Executor) TuningKey() string {
	parts := append([]string{fmt.Sprint(recordFormat), e.info.Name, e.info.Backend, shaders.Hash()}, e.info.Details...)
	sum := fnv.New128a() // nobody attacks it, and the page's code would be 100 kB larger by what crypto brings
	sum.Write([]byte(strings.Join(append(parts, VariantNames()...), "\n")))
	return hex.EncodeToString(sum.Sum(nil))
}

// restore takes over what is stored. What cannot be read or makes no sense is as good as nothing, and will be replaced.
func (e *Executor) restore() {
	if e.store != nil {
		e.keep(e.stored()...)
	}
}

func (e *Executor) stored() []Tuned {
	data, err := e.store.Load(e.TuningKey())
	if err != nil {
		return nil
	}
	var r record
	if strictjson.Unmarshal(data, &r) != nil {
		return nil
	}
	return slices.DeleteFunc(r.Shapes, func(t Tuned) bool { return !t.sensible() })
}

// sensible reports whether t says what a Tune would.
func (t Tuned) sensible() bool {
	for _, timing := range t.Times {
		if !(timing.Seconds >= 0) || !slices.Contains(VariantNames(), timing.Variant) {
			return false
		}
	}
	return len(t.Times) > 0 && t.Times[0].Variant == t.Variant
}

// save stores what is known, with what another program has stored meanwhile.
func (e *Executor) save() error {
	if e.store == nil {
		return nil
	}
	known := e.Tuned()
	for _, theirs := range e.stored() {
		if !slices.ContainsFunc(known, func(ours Tuned) bool { return ours.Shape == theirs.Shape }) {
			known = append(known, theirs)
		}
	}
	data := strictjson.Marshal(record{Adapter: e.info.Name, Shapes: known})
	if err := e.store.Save(e.TuningKey(), data); err != nil {
		return fmt.Errorf("what was measured could not be stored: %w", err)
	}
	return nil
}
