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

// Has tells whether the model holds network n. It holds none that its architecture does not have.
func (m *Model) Has(n Network) bool {
	keys := m.Config.Keys(n)
	for _, k := range keys {
		if m.Tensors[n.Domain.Tensor(k.Name)] == nil {
			return false
		}
	}
	return len(keys) > 0
}

// Stages are the networks of a direction.
func (m *Model) Stages(d Direction) Stages { return m.Config.Architecture().Stages(d) }

// lacks are the networks that are missing to translate in direction d.
func (m *Model) lacks(d Direction) []Network {
	return slices.DeleteFunc(m.Stages(d).needed(), m.Has)
}

// Directions lists the ways that the model can translate: MUNIT's a2b takes content encoder a, MLP b
// and decoder b. Taking the style from an image takes style encoder b as well (ask StyleImage).
func (m *Model) Directions() []Direction {
	var can []Direction
	for _, d := range [...]Direction{A2B, B2A} {
		if len(m.lacks(d)) == 0 {
			can = append(can, d)
		}
	}
	return can
}

// StyleImage tells whether a direction's styles can be taken from images.
func (m *Model) StyleImage(d Direction) bool { return m.Has(m.Stages(d).Style) }

// Complete is an error if the model can translate in no direction. It says what the model holds, and what is missing in each direction.
func (m *Model) Complete() error {
	if len(m.Directions()) > 0 {
		return nil
	}
	names := func(all []Network) string {
		var names []string
		for _, n := range all {
			names = append(names, n.String())
		}
		return strings.Join(names, ", ")
	}
	held := slices.DeleteFunc(m.Config.Networks(), func(n Network) bool { return !m.Has(n) })
	return fmt.Errorf("it can translate in no direction: it holds %s; %s lacks %s; %s lacks %s", cmp.Or(names(held), "nothing of its generators"),
		A2B, names(m.lacks(A2B)), B2A, names(m.lacks(B2A)))
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

// Only gives the model that translates in direction d and no other: of MUNIT the content encoder of the one
// domain, style encoder (if there), MLP and decoder of the other.
func (m *Model) Only(d Direction) (*Model, error) {
	if !slices.Contains(m.Directions(), d) {
		return nil, fmt.Errorf("the model cannot translate %s: it holds the parts for %v", d, m.Directions())
	}
	one := *m
	one.Tensors = make(map[string]*Tensor)
	stages := m.Stages(d)
	for _, n := range append(stages.needed(), stages.Style) {
		if !m.Has(n) {
			continue
		}
		for _, k := range m.Config.Keys(n) {
			name := n.Domain.Tensor(k.Name)
			one.Tensors[name] = m.Tensors[name]
		}
	}
	return &one, nil
}

// Convert gives the model with its weights of rank 2 and more stored as d, or better where d is
// Int4 (see sensitive); the vectors stay F32. Converting a quantised model up keeps its rounding.
// It fails on a weight that d cannot hold.
func (m *Model) Convert(d DType) (*Model, error) {
	if !slices.Contains(DTypes[:], d) {
		return nil, fmt.Errorf("dtype is %.40q: must be one of %v", string(d), DTypes)
	}
	to := *m
	to.DType = d
	to.Tensors = maps.Clone(m.Tensors)
	sensitive := m.sensitive()
	for name, t := range m.Tensors {
		want := d
		if d == Int4 && sensitive[name] {
			want = Int8
		}
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

// sensitive are the weights for which four bits are too few, because an error is not averaged away: the MLP's outputs scale whole channels of
// the decoder, and the decoder's last conv draws the pixels. As Int8 they cost an Int4 file 5 % and gain the pictures 4 dB.
func (m *Model) sensitive() map[string]bool {
	names := make(map[string]bool)
	for _, dir := range [...]Direction{A2B, B2A} {
		stages := m.Stages(dir)
		for _, k := range m.Config.Keys(stages.Map) {
			names[stages.Map.Domain.Tensor(k.Name)] = true
		}
		last := ""
		for _, k := range m.Config.Keys(stages.Decode) {
			if len(k.Shape) > 1 {
				last = stages.Decode.Domain.Tensor(k.Name)
			}
		}
		names[last] = true
	}
	return names
}
