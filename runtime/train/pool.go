package train

import (
	"context"
	"math/rand/v2"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// pool is CycleGAN's store of earlier translations (Zhu et al. 2017a, section 4; Shrivastava et al. 2017), for pool_size of each domain: half of the pictures
// that the discriminators judge are old ones, so that the generators cannot forget and learn again. It is filled first. What is kept
// is part of a checkpoint; which is taken follows from the seed and how many came before.
type pool struct {
	size      int
	seed      uint64
	came      int             // pictures of each domain so far
	pictures  [2][][]float32  // [channels, H, W] each
	translate graph.Program   // pictures and noise to translations
	in        []graph.Tensor  // of translate; the trainer's
	fakes     [2]graph.Tensor // of domains a and b: what translate gives, and what is judged
}

const (
	poolSeed   = 0x9001
	poolPrefix = "pool_" // of a checkpoint's tensors: pool_a [n, channels, H, W]
)

// newPool compiles what makes t's translations. The weights are there already.
func (t *Trainer) newPool(ctx context.Context, seed uint64) (p *pool, err error) {
	p = &pool{size: t.config.PoolSize, seed: seed}
	l := t.loss(func(b *net.Builder, x, s net.Pair, _ net.LossWeights) net.Loss {
		b.Graph.Output("fake_a", t.method.Translate(b, weights.B2A, x.B, s.B))
		b.Graph.Output("fake_b", t.method.Translate(b, weights.A2B, x.A, s.A))
		return net.Loss{}
	}, t.styles)
	if p.in, _, err = t.inputs(l, nil); err != nil {
		return p, err
	}
	for i, n := range l.graph.Outputs() {
		if p.fakes[i], err = t.exec.NewTensor(n.Shape); err != nil {
			return p, err
		}
	}
	p.translate, err = t.exec.Compile(ctx, l.graph, t.params)
	return p, err
}

// draw translates, and puts in fakes what is to be judged: these translations, or earlier ones.
func (p *pool) draw(ctx context.Context) error {
	if err := p.translate.Run(ctx, p.in, p.fakes[:]); err != nil {
		return err
	}
	for d, fake := range p.fakes {
		values, err := read(ctx, fake)
		if err != nil {
			return err
		}
		n := fake.Shape()[0]
		for i := range n {
			p.exchange(d, p.came+i, values[i*len(values)/n:(i+1)*len(values)/n])
		}
		if err := fake.Write(ctx, values); err != nil {
			return err
		}
	}
	p.came += p.fakes[0].Shape()[0]
	return nil
}

// exchange keeps picture, which is number k of domain d. In a full store half of the pictures take the place of an old one, which they become.
func (p *pool) exchange(d, k int, picture []float32) {
	if len(p.pictures[d]) < p.size {
		p.pictures[d] = append(p.pictures[d], append([]float32(nil), picture...))
		return
	}
	r := rand.New(rand.NewPCG(p.seed+poolSeed+uint64(d)*domainSeed, uint64(k)))
	if r.Float64() <= 0.5 {
		return
	}
	old := p.pictures[d][int(r.Float64()*float64(p.size))]
	for i, v := range picture {
		old[i], picture[i] = v, old[i]
	}
}

// tensors are what a checkpoint has of the store.
func (p *pool) tensors(to map[string]*weights.Tensor) {
	for i, d := range weights.Domains {
		var all []float32
		for _, picture := range p.pictures[i] {
			all = append(all, picture...)
		}
		if len(all) > 0 {
			to[poolPrefix+string(d)] = weights.NewTensor(append([]int{len(p.pictures[i])}, p.fakes[i].Shape()[1:]...), all)
		}
	}
}

// restore takes up what a checkpoint has of the store, after so many iterations; nothing where pool_size was switched on since.
func (p *pool) restore(c *Checkpoint) {
	p.came = c.Iteration * p.fakes[0].Shape()[0]
	for i, d := range weights.Domains {
		p.pictures[i] = nil
		name := poolPrefix + string(d)
		t := c.Tensors[name]
		if t == nil {
			continue
		}
		one := p.fakes[i].Shape()[1:]
		if len(t.Shape) != 4 || !graph.Shape(t.Shape[1:]).Equal(one) {
			continue // of another size: it begins anew
		}
		values := t.Float32s()
		for k := range min(t.Shape[0], p.size) {
			p.pictures[i] = append(p.pictures[i], append([]float32(nil), values[k*one.Elems():(k+1)*one.Elems()]...))
		}
	}
}

func (p *pool) close() {
	if p.translate != nil {
		p.translate.Close()
	}
	for _, x := range p.fakes {
		if x != nil {
			x.Close()
		}
	}
}
