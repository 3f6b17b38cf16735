package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Model is a model file in memory: the weights of one or both generators, whole or in part.
type Model struct {
	Config           Config
	DomainA, DomainB string // the domains' names, for people
	License, Source  string
	DType            DType  // of the weights of rank 2 and more, as the file was made
	Preview          []byte // a small PNG to show for the model, or nil
	// Tensors are keyed by Domain.Tensor names, "gen_a.enc_content.model.0.conv.weight". A part
	// is there with all its keys (Config.Keys) or not at all.
	Tensors map[string]*Tensor
}

// Has tells whether the model holds part p of the generator of domain d.
func (m *Model) Has(d Domain, p Part) bool {
	for _, k := range m.Config.Keys(d, p) {
		if m.Tensors[d.Tensor(k.Name)] == nil {
			return false
		}
	}
	return true
}

// Directions lists the ways that the model can translate: a2b takes content encoder a, MLP b
// and decoder b. Taking the style from an image takes style encoder b as well (ask Has).
func (m *Model) Directions() []Direction {
	var can []Direction
	for _, d := range [...]Direction{A2B, B2A} {
		if m.Has(d.From(), EncContent) && m.Has(d.To(), MLP) && m.Has(d.To(), Dec) {
			can = append(can, d)
		}
	}
	return can
}

// Complete is an error if the model can translate in no direction. It says what the model holds, and what is missing in each direction.
func (m *Model) Complete() error {
	if len(m.Directions()) > 0 {
		return nil
	}
	var held []string
	name := func(d Domain, p Part) string { return d.Tensor(string(p)) }
	for _, d := range Domains {
		for _, p := range Parts {
			if m.Has(d, p) {
				held = append(held, name(d, p))
			}
		}
	}
	lacks := func(d Direction) string {
		var parts []string
		for _, part := range []struct {
			d Domain
			p Part
		}{{d.From(), EncContent}, {d.To(), MLP}, {d.To(), Dec}} {
			if !m.Has(part.d, part.p) {
				parts = append(parts, name(part.d, part.p))
			}
		}
		return fmt.Sprintf("%s lacks %s", d, strings.Join(parts, ", "))
	}
	return fmt.Errorf("it can translate in no direction: it holds %s; %s; %s", cmp.Or(strings.Join(held, ", "), "nothing of MUNIT"), lacks(A2B), lacks(B2A))
}

// Float32s gives the values of a tensor, dequantised, row-major, after checking that it is there
// and has the shape that the caller expects.
func (m *Model) Float32s(name string, shape []int) ([]float32, error) {
	t := m.Tensors[name]
	if t == nil {
		return nil, fmt.Errorf("tensor %q (shape %v) is not in the model: it may be a one-way file; convert the checkpoint again with both directions", name, shape)
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("tensor %q has shape %v, but %v is needed: the model file does not fit its config", name, t.Shape, shape)
	}
	return t.Float32s(), nil
}

// Only gives the model that translates in direction d and no other: content encoder of the one
// domain, style encoder (if there), MLP and decoder of the other.
func (m *Model) Only(d Direction) (*Model, error) {
	if !slices.Contains(m.Directions(), d) {
		return nil, fmt.Errorf("the model cannot translate %s: it holds the parts for %v", d, m.Directions())
	}
	one := *m
	one.Tensors = make(map[string]*Tensor)
	take := func(from Domain, p Part) {
		for _, k := range m.Config.Keys(from, p) {
			name := from.Tensor(k.Name)
			one.Tensors[name] = m.Tensors[name]
		}
	}
	take(d.From(), EncContent)
	take(d.To(), MLP)
	take(d.To(), Dec)
	if m.Has(d.To(), EncStyle) {
		take(d.To(), EncStyle)
	}
	return &one, nil
}

// Convert gives the model with its weights of rank 2 and more stored as d, or better where d is
// Int4 (see storage); the vectors stay F32. Converting a quantised model up keeps its rounding.
// It fails on a weight that d cannot hold.
func (m *Model) Convert(d DType) (*Model, error) {
	if !slices.Contains(DTypes[:], d) {
		return nil, fmt.Errorf("dtype is %.40q: must be one of %v", string(d), DTypes)
	}
	to := *m
	to.DType = d
	to.Tensors = maps.Clone(m.Tensors)
	for name, t := range m.Tensors {
		want := m.storage(name, d)
		if len(t.Shape) < 2 || t.DType == want {
			continue
		}
		q, err := t.store(want)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		to.Tensors[name] = q
	}
	return &to, nil
}

// storage is how a weight is stored in a file of dtype d. Four bits are too few where an error is
// not averaged away: the MLP's outputs scale whole channels of the decoder, and the decoder's
// last conv draws the pixels. As Int8 they cost an Int4 file 5 % and gain the pictures 4 dB.
func (m *Model) storage(name string, d DType) DType {
	if d != Int4 {
		return d
	}
	_, key, _ := strings.Cut(name, ".")
	last := fmt.Sprintf("dec.model.%d.conv.weight", 2*m.Config.Gen.NDownsample+1)
	if key == last || strings.HasPrefix(key, string(MLP)+".") {
		return Int8
	}
	return Int4
}
