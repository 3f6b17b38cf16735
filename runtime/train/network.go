package train

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// network is the weights that one update learns, of both domains, with what their optimiser keeps: on the device.
type network struct {
	keys    []weights.Key // by their names in a checkpoint, such as "gen_a.enc_content.model.0.conv.weight"
	learned []graph.Learned
	index   map[string]int // of keys by name
}

// generators are the keys of both generators.
func generators(c weights.Config) (keys []weights.Key) {
	for _, n := range c.Networks() {
		for _, k := range c.Keys(n) {
			keys = append(keys, weights.Key{Name: n.Domain.Tensor(k.Name), Shape: k.Shape})
		}
	}
	return keys
}

// newNetwork allocates the weights named keys and fills them from src; averaged ones start as their weights.
func newNetwork(ctx context.Context, exec graph.Executor, keys []weights.Key, averaged bool, src graph.ParamSource) (*network, error) {
	n := &network{keys: keys, learned: make([]graph.Learned, len(keys)), index: map[string]int{}}
	for i, k := range keys {
		n.index[k.Name] = i
		l := &n.learned[i]
		slots := []*graph.Tensor{&l.Weight, &l.Gradient, &l.Mean, &l.Variance}
		if averaged {
			slots = append(slots, &l.Average)
		}
		for _, to := range slots {
			t, err := exec.NewTensor(k.Shape)
			if err != nil {
				return n, err
			}
			*to = t
		}
		values, err := src.Float32s(k.Name, k.Shape)
		if err != nil {
			return n, err
		}
		zeros := make([]float32, len(values))
		for _, to := range slots {
			v := zeros
			if to == &l.Weight || to == &l.Average {
				v = values
			}
			if err := (*to).Write(ctx, v); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (n *network) close() {
	for _, l := range n.learned {
		for _, t := range l.Tensors() {
			if t != nil {
				t.Close()
			}
		}
	}
}

// initial draws the weights that training starts from. A weight's values depend on the seed and its name alone.
type initial struct {
	kind   string // NVlabs' init, of the generators
	dis    string // of the discriminators
	shared bool   // whether gen_b starts as gen_a
	seed   uint64
}

func firstWeights(c nvlabs.Training, seed uint64) initial {
	return initial{c.Init, c.DisInit, c.InitShared, seed}
}

// Float32s gives convs and linear layers Kaiming's (He et al. 2015), Xavier's (Glorot and Bengio 2010) or N(0, 0.02²) values; biases and betas 0,
// gammas U(0, 1), PReLU slopes 1/4.
func (in initial) Float32s(name string, shape []int) ([]float32, error) {
	h := fnv.New64a()
	stream := name
	if in.shared {
		stream = strings.Replace(name, "gen_b.", "gen_a.", 1)
	}
	h.Write([]byte(stream))
	r := rand.New(rand.NewPCG(in.seed, h.Sum64()))
	values := make([]float32, graph.Shape(shape).Elems())
	switch {
	case strings.HasSuffix(name, ".activation.weight"):
		for i := range values {
			values[i] = 0.25
		}
	case strings.HasSuffix(name, ".norm.gamma"):
		for i := range values {
			values[i] = r.Float32()
		}
	case len(shape) >= 2:
		deviation := in.deviation(name, shape)
		for i := range values {
			values[i] = float32(deviation * r.NormFloat64())
		}
	}
	return values, nil
}

func (in initial) deviation(name string, shape []int) float64 {
	fanIn := graph.Shape(shape[1:]).Elems()
	fanOut := shape[0] * graph.Shape(shape[2:]).Elems()
	kind := in.kind
	if strings.HasPrefix(name, "dis_") {
		kind = in.dis
	}
	switch kind {
	case "gaussian":
		return 0.02
	case "xavier":
		return math.Sqrt2 * math.Sqrt(2/float64(fanIn+fanOut))
	}
	return math.Sqrt(2 / float64(fanIn))
}

// stored is a checkpoint's tensors as a source of weights, with a prefix in front of their names.
type stored struct {
	tensors map[string]*weights.Tensor
	prefix  string
}

func (s stored) Float32s(name string, shape []int) ([]float32, error) {
	t := s.tensors[s.prefix+name]
	if t == nil {
		return nil, fmt.Errorf("the checkpoint has no tensor %s: it is of another config", s.prefix+name)
	}
	if !graph.Shape(t.Shape).Equal(shape) {
		return nil, fmt.Errorf("tensor %s of the checkpoint is %v, the config asks for %v: it is of another config", s.prefix+name, t.Shape, shape)
	}
	return t.Float32s(), nil
}

// read copies a tensor from the device.
func read(ctx context.Context, t graph.Tensor) ([]float32, error) {
	values := make([]float32, t.Shape().Elems())
	return values, t.Read(ctx, values)
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
