package train

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// update is half an iteration, compiled: a loss with its gradients.
type update struct {
	program graph.Program
	terms   []string        // names of losses, the total last
	values  []graph.Tensor  // of terms, each a [1]
	learned []graph.Learned // what the gradients are of
	in, out []graph.Tensor  // of program; the tensors are the trainer's, but for values
}

// compile makes the update of what learns: its loss, differentiated by learns' weights.
func (t *Trainer) compile(ctx context.Context, learns *network, l *loss) (*update, error) {
	g, u := l.graph, &update{}
	in, wrt, err := t.inputs(l, learns)
	if err != nil {
		return nil, err
	}
	u.in = in
	for _, n := range wrt {
		u.learned = append(u.learned, learns.learned[learns.index[n.Name]])
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
	if u.program, err = t.exec.Compile(ctx, g, t.params); err != nil {
		u.close()
		return nil, err
	}
	return u, nil
}

// loss is a graph of one of a net.Method's losses.
type loss struct {
	graph *graph.Graph
	net.Loss
	in      []graph.Tensor // the graph's inputs before the weights
	weights []*graph.Node  // inputs too, in the order of their first use
}

// lossOf is one of a net.Method's losses; s are its noise, or given fakes.
type lossOf func(b *net.Builder, x, s net.Pair, w net.LossWeights) net.Loss

// LossWeights are what c says of the losses.
func LossWeights(c nvlabs.Training) net.LossWeights {
	return net.LossWeights{
		GAN: float32(c.GanW), ReconX: float32(c.ReconXW), ReconS: float32(c.ReconSW), ReconC: float32(c.ReconCW),
		VGG: float32(c.VGGW), ReconXCyc: float32(c.ReconXCycW), KL: float32(c.ReconKLW), KLCyc: float32(c.ReconKLCycW),
		Identity: float32(c.LambdaIdentity), LogVar: c.LearnLogvar, OwnD: !c.UseSameD,
	}
}

// loss writes one of the method's losses as a graph of its own. given are the tensors of s.
func (t *Trainer) loss(of lossOf, given [2]graph.Tensor) *loss {
	l := &loss{graph: graph.New()}
	input := func(name string, of graph.Tensor) *graph.Node {
		if of == nil {
			return nil
		}
		l.in = append(l.in, of)
		return l.graph.Input(name, of.Shape()...)
	}
	x := net.Pair{A: input("x_a", t.pictures[0]), B: input("x_b", t.pictures[1])}
	s := net.Pair{A: input("s_a", given[0]), B: input("s_b", given[1])}
	all := &net.Trainable{Graph: l.graph}
	l.Loss = of(&net.Builder{Graph: l.graph, Config: t.config.Model, Weight: all.Weight}, x, s, LossWeights(t.config))
	l.weights = all.Inputs
	return l
}

// keys are the weights of generators and discriminators. The generators' loss has them all.
func (l *loss) keys() (gen, dis []weights.Key) {
	for _, n := range l.weights {
		k := weights.Key{Name: n.Name, Shape: n.Shape}
		if strings.HasPrefix(n.Name, "dis_") {
			dis = append(dis, k)
		} else {
			gen = append(gen, k)
		}
	}
	return gen, dis
}

// inputs are the tensors of l's inputs, and those of its weights that a network learns.
func (t *Trainer) inputs(l *loss, learns *network) (in []graph.Tensor, learnt []*graph.Node, err error) {
	in = slices.Clone(l.in)
	for _, w := range l.weights {
		weight, of, err := t.weight(w.Name)
		if err != nil {
			return nil, nil, err
		}
		in = append(in, weight.Weight)
		if of == learns {
			learnt = append(learnt, w)
		}
	}
	return in, learnt, nil
}

// weight finds a weight and its network by name.
func (t *Trainer) weight(name string) (*graph.Learned, *network, error) {
	for _, n := range []*network{t.generators, t.discriminators} {
		if i, ok := n.index[name]; ok {
			return &n.learned[i], n, nil
		}
	}
	return nil, nil, fmt.Errorf("%s is no weight of this config", name)
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
