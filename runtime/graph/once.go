package graph

import "context"

// RunOnce runs p, compiled on e, once on values from the host: input gives those of each of g's inputs. It returns the values of g's outputs, and
// is for checks and tests: what runs often keeps its tensors.
func RunOnce(ctx context.Context, e Executor, p Program, g *Graph, input func(n *Node) ([]float32, error)) ([][]float32, error) {
	var in, out []Tensor
	defer func() {
		for _, x := range append(in, out...) {
			x.Close()
		}
	}()
	for _, n := range g.Inputs() {
		values, err := input(n)
		if err != nil {
			return nil, err
		}
		x, err := e.NewTensor(n.Shape)
		if err != nil {
			return nil, err
		}
		in = append(in, x)
		if err := x.Write(ctx, values); err != nil {
			return nil, err
		}
	}
	for _, n := range g.Outputs() {
		x, err := e.NewTensor(n.Shape)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	if err := p.Run(ctx, in, out); err != nil {
		return nil, err
	}
	results := make([][]float32, len(out))
	for i, x := range out {
		results[i] = make([]float32, x.Shape().Elems())
		if err := x.Read(ctx, results[i]); err != nil {
			return nil, err
		}
	}
	return results, nil
}
