package graph

import "fmt"

// Signature is what a caller sees of a compiled graph: what a run takes, and where it leaves its results. Both executors hold runs to it.
type Signature struct {
	Inputs, Outputs []*Node
	// Repeats says of each output which earlier one has the same values, because the caller asked for a node twice or for a view of it; -1: none.
	// Such an output is copied.
	Repeats []int
	names   []string // of outputs
}

// Signature is that of g.
func (g *Graph) Signature() Signature {
	s := Signature{Inputs: g.inputs, Outputs: g.outputs, names: g.names}
	first := map[*Node]int{}
	for i, n := range g.outputs {
		j, repeated := first[n.Storage()]
		if !repeated {
			first[n.Storage()], j = i, -1
		}
		s.Repeats = append(s.Repeats, j)
	}
	return s
}

// Check refuses a run's tensors if they are too many or few, not the executor's own (which own tells), of another shape than the graph's, or if an
// output's is given twice.
func (s *Signature) Check(in, out []Tensor, own func(Tensor) error) error {
	if len(in) != len(s.Inputs) || len(out) != len(s.Outputs) {
		return fmt.Errorf("the program takes %d inputs and %d outputs, not %d and %d", len(s.Inputs), len(s.Outputs), len(in), len(out))
	}
	for i, t := range in {
		if err := fits(t, s.Inputs[i].Shape, own); err != nil {
			return fmt.Errorf("input %s: %w", s.Inputs[i].Name, err)
		}
	}
	for i, t := range out {
		if err := fits(t, s.Outputs[i].Shape, own); err != nil {
			return fmt.Errorf("output %s: %w", s.names[i], err)
		}
		if among(in, t) || among(out[:i], t) {
			return fmt.Errorf("output %s: the tensor is given twice; every output needs its own", s.names[i])
		}
	}
	return nil
}

func fits(t Tensor, shape Shape, own func(Tensor) error) error {
	if err := own(t); err != nil {
		return err
	}
	if !t.Shape().Equal(shape) {
		return fmt.Errorf("the tensor has shape %v, not %v", t.Shape(), shape)
	}
	return nil
}

func among(all []Tensor, t Tensor) bool {
	for _, other := range all {
		if other == t {
			return true
		}
	}
	return false
}

// Computed lists the nodes that take work: all but inputs, params and views.
func (g *Graph) Computed() []*Node {
	var all []*Node
	for _, n := range g.nodes {
		if n.Op != OpInput && n.Op != OpParam && n.Op != OpReshape {
			all = append(all, n)
		}
	}
	return all
}
