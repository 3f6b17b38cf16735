package eval

import (
	"context"

	"github.com/webmunit/webmunit/runtime/graph"
)

// network is a compiled graph with tensors for what goes in and comes out.
type network struct {
	program graph.Program
	params  graph.Params
	in, out []graph.Tensor
}

// compile compiles what build writes, with weights from src.
func compile(ctx context.Context, exec graph.Executor, src graph.ParamSource, build func(g *graph.Graph)) (*network, error) {
	g := graph.New()
	build(g)
	n := &network{params: exec.NewParams(src)}
	if err := n.prepare(ctx, exec, g); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *network) prepare(ctx context.Context, exec graph.Executor, g *graph.Graph) (err error) {
	if n.program, err = exec.Compile(ctx, g, n.params); err != nil {
		return err
	}
	for _, list := range []struct {
		nodes []*graph.Node
		to    *[]graph.Tensor
	}{{g.Inputs(), &n.in}, {g.Outputs(), &n.out}} {
		for _, node := range list.nodes {
			t, err := exec.NewTensor(node.Shape)
			if err != nil {
				return err
			}
			*list.to = append(*list.to, t)
		}
	}
	return nil
}

// run takes values for each of the graph's inputs and gives those of its outputs.
func (n *network) run(ctx context.Context, values ...[]float32) ([][]float32, error) {
	for i, v := range values {
		if err := n.in[i].Write(ctx, v); err != nil {
			return nil, err
		}
	}
	if err := n.program.Run(ctx, n.in, n.out); err != nil {
		return nil, err
	}
	results := make([][]float32, len(n.out))
	for i, t := range n.out {
		results[i] = make([]float32, t.Shape().Elems())
		if err := t.Read(ctx, results[i]); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (n *network) close() {
	for _, t := range append(n.in, n.out...) {
		t.Close()
	}
	if n.program != nil {
		n.program.Close()
	}
	n.params.Close()
}
