package train

import (
	"context"
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
)

// update is half an iteration, compiled: a loss with its gradients.
type update struct {
	program graph.Program
	terms   []string        // names of losses, the total last
	values  []graph.Tensor  // of terms, each a [1]
	learned []graph.Learned // what the gradients are of
	in, out []graph.Tensor  // of program; the tensors are the trainer's, but for values
}

// compile makes the update of what learns: its loss, differentiated by learns' weights. Weights are inputs of the graph.
func (t *Trainer) compile(ctx context.Context, learns *network, loss func(b *net.Builder, x, s net.Pair) net.Loss) (*update, error) {
	g := graph.New()
	x := net.Pair{A: g.Input("x_a", t.pictures[0].Shape()...), B: g.Input("x_b", t.pictures[1].Shape()...)}
	s := net.Pair{A: g.Input("s_a", t.styles[0].Shape()...), B: g.Input("s_b", t.styles[1].Shape()...)}
	all := net.Trainable{Graph: g}
	l := loss(&net.Builder{Graph: g, Config: t.config.Model, Weight: all.Weight}, x, s)
	u := &update{in: []graph.Tensor{t.pictures[0], t.pictures[1], t.styles[0], t.styles[1]}}
	var wrt []*graph.Node
	for _, n := range all.Inputs {
		weight, own := t.weight(n.Name)
		if weight == nil {
			return nil, fmt.Errorf("%s is no weight of this config", n.Name)
		}
		u.in = append(u.in, weight.Weight)
		if own == learns {
			wrt, u.learned = append(wrt, n), append(u.learned, *weight)
		}
	}
	for _, term := range l.Terms {
		u.terms = append(u.terms, term.Name)
		g.Output(term.Name, term.Value)
	}
	kind := "gen_total"
	if learns == t.discriminators {
		kind = "dis_total"
	}
	u.terms = append(u.terms, kind)
	g.Output(kind, l.Total)
	for i, n := range g.Gradient(l.Total, wrt) {
		g.Output("gradient of "+wrt[i].Name, n)
	}
	for range u.terms {
		v, err := t.exec.NewTensor(graph.Shape{1})
		if err != nil {
			u.close()
			return nil, err
		}
		u.values = append(u.values, v)
	}
	u.out = append(u.out, u.values...)
	for _, w := range u.learned {
		u.out = append(u.out, w.Gradient)
	}
	var err error
	if u.program, err = t.exec.Compile(ctx, g, t.params); err != nil {
		u.close()
		return nil, err
	}
	return u, nil
}

// weight finds a weight and its network by name.
func (t *Trainer) weight(name string) (*graph.Learned, *network) {
	for _, n := range []*network{t.generators, t.discriminators} {
		if i, ok := n.index[name]; ok {
			return &n.learned[i], n
		}
	}
	return nil, nil
}

// losses reads the total, and all terms if asked to: on a GPU each takes a round trip.
func (u *update) losses(ctx context.Context, terms bool) (Losses, error) {
	from := len(u.terms) - 1
	if terms {
		from = 0
	}
	var losses Losses
	for i := from; i < len(u.terms); i++ {
		v, err := read(ctx, u.values[i])
		if err != nil {
			return nil, err
		}
		losses = append(losses, Loss{u.terms[i], v[0]})
	}
	return losses, nil
}

func (u *update) close() {
	if u.program != nil {
		u.program.Close()
	}
	for _, v := range u.values {
		v.Close()
	}
}
