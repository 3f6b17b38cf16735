package weights

import (
	"fmt"
	"slices"
)

// Assemble makes a model of config c, with the domains "a" and "b", from the tensors that find has of its networks, or nil. A network of which some are there
// must be whole.
func Assemble(c Config, find func(n Network, k Key) *Tensor) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &Model{Config: c, DomainA: "a", DomainB: "b", DType: F32, Tensors: make(map[string]*Tensor)}
	for _, n := range c.Networks() {
		keys := c.Keys(n)
		if !slices.ContainsFunc(keys, func(k Key) bool { return find(n, k) != nil }) {
			continue
		}
		for _, k := range keys {
			t := find(n, k)
			if t == nil || !slices.Equal(t.Shape, k.Shape) {
				return nil, fmt.Errorf("there is no tensor %q of shape %v", n.Domain.Tensor(k.Name), k.Shape)
			}
			if t.DType != F32 {
				t = NewTensor(k.Shape, t.Float32s())
			}
			m.Tensors[n.Domain.Tensor(k.Name)] = t
		}
	}
	return m, nil
}
