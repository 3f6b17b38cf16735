// Package train trains MUNIT (Huang et al. 2018; docs/networks.md, "Training") on any executor. Trainer is the algorithm, an iteration at a time; Run is a whole
// training with its data, log, sheets and checkpoints.
//
// What it exports may change with any version; runtime and weights are for other modules.
package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// adamEps is added to the root in Adam's step.
const adamEps = 1e-8

// Trainer holds a training's weights on a device. Its methods must not be called at once.
type Trainer struct {
	exec      graph.Executor
	config    nvlabs.Training
	method    net.Method
	iteration int // how many are done

	generators, discriminators *network
	pictures, styles           [2]graph.Tensor // of domains a and b; styles are nil for a method that takes none
	discriminate, generate     *update
	params                     graph.Params // VGG's, if vgg_w asks for it; everything else learns
	pool                       *pool        // nil without pool_size
}

// Batch is what an iteration takes: values in host memory, index 0 for domain a and 1 for b.
type Batch struct {
	Pictures  [2][]float32 // [N, input_dim, H, W] in [-1, 1]
	DisStyles [2][]float32 // [N, style_dim], or what else the method has for Noise, ~ N(0, I), for the discriminators' update
	GenStyles [2][]float32 // the same, drawn afresh, for the generators'
}

// Losses are an iteration's terms, before its steps, in a fixed order: names such as "dis_a", "recon_x_b" and, weighted sums, "dis_total", "gen_total".
type Losses []Loss

// Loss is one of Losses.
type Loss struct {
	Name  string
	Value float32
}

// ErrDiverged is wrapped when a loss or a weight is no longer a finite number.
var ErrDiverged = errors.New("training has diverged")

// New prepares a training whose weights come from src, in the names of checkpoints ("gen_a.…", "dis_b.…"); nil draws them from seed.
func New(ctx context.Context, exec graph.Executor, c nvlabs.Training, src graph.ParamSource, seed uint64) (t *Trainer, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	perceptual, err := openVGG(c)
	if err != nil {
		return nil, err
	}
	if src == nil {
		src = firstWeights(c, seed)
	}
	t = &Trainer{exec: exec, config: c, method: net.Methods[c.Trainer], params: exec.NewParams(perceptual)}
	defer func() {
		if err != nil {
			t.Close()
			t = nil
		}
	}()
	h, w := c.Crop()
	for i, d := range weights.Domains {
		x := graph.Shape{c.BatchSize, c.Model.InputDim(d), h, w}
		if t.pictures[i], err = exec.NewTensor(x); err != nil {
			return t, err
		}
		if noise := t.method.Noise(c.Model, d, x); noise != nil {
			if t.styles[i], err = exec.NewTensor(noise); err != nil {
				return t, err
			}
		}
	}
	generate := t.loss(t.method.GeneratorLoss, t.styles)
	gen, dis := generate.keys()
	if t.generators, err = newNetwork(ctx, exec, gen, c.EMA > 0, src); err != nil {
		return t, err
	}
	if t.discriminators, err = newNetwork(ctx, exec, dis, false, src); err != nil {
		return t, err
	}
	judgement, given := lossOf(t.method.DiscriminatorLoss), t.styles
	if judge, ok := t.method.(net.Judge); ok && c.PoolSize > 0 {
		if t.pool, err = t.newPool(ctx, seed); err != nil {
			return t, fmt.Errorf("preparing the store of translations: %w", err)
		}
		judgement, given = judge.Judge, t.pool.fakes
	}
	t.discriminate, err = t.compile(ctx, t.discriminators, t.loss(judgement, given))
	if err != nil {
		return t, fmt.Errorf("preparing the discriminators' update: %w", err)
	}
	t.generate, err = t.compile(ctx, t.generators, generate)
	if err != nil {
		return t, fmt.Errorf("preparing the generators' update: %w", err)
	}
	return t, nil
}

// Step is one iteration: the discriminators learn to tell pictures from translations, then the generators learn to reconstruct pictures,
// contents and styles, and to deceive the discriminators as these are now. terms asks for all losses; otherwise there are the totals only.
// The error wraps ErrDiverged where a total is not finite; weights are worth nothing then. ctx is looked at before the iteration only, since a
// half one could not be repeated.
func (t *Trainer) Step(ctx context.Context, b Batch, terms bool) (Losses, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := write(ctx, t.pictures, b.Pictures); err != nil {
		return nil, err
	}
	dis, err := t.learn(ctx, t.discriminate, t.config.DisRate(t.iteration), b.DisStyles, terms)
	if err != nil {
		return dis, err
	}
	gen, err := t.learn(ctx, t.generate, t.config.Rate(t.iteration), b.GenStyles, terms)
	if err != nil {
		return append(dis, gen...), err
	}
	t.iteration++
	return append(dis, gen...), nil
}

// learn computes a loss and its gradients, and lets Adam take a step at a rate.
func (t *Trainer) learn(ctx context.Context, u *update, rate float64, styles [2][]float32, terms bool) (Losses, error) {
	if err := write(ctx, t.styles, styles); err != nil {
		return nil, err
	}
	if t.pool != nil && u == t.discriminate {
		if err := t.pool.draw(ctx); err != nil {
			return nil, err
		}
	}
	if err := u.program.Run(ctx, u.in, u.out); err != nil {
		return nil, err
	}
	losses, err := u.losses(ctx, terms)
	if err != nil {
		return nil, err
	}
	for _, l := range losses {
		if !finite(l.Value) {
			return losses, fmt.Errorf("%w: %s is %v in iteration %d", ErrDiverged, l.Name, l.Value, t.iteration+1)
		}
	}
	return losses, t.exec.Adam(ctx, graph.Adam{
		Rate: rate, Beta1: t.config.Beta1, Beta2: t.config.Beta2, Eps: adamEps,
		Decay: t.config.WeightDecay, Step: t.iteration + 1, Average: t.average(),
	}, u.learned)
}

// average is what stays of the averaged generators in this iteration: less in the beginning, when an average over ema's whole span would
// still hold the weights that training started from. The warm-up is that of TensorFlow's tf.train.ExponentialMovingAverage with num_updates.
func (t *Trainer) average() float64 {
	n := float64(t.iteration)
	return min(t.config.EMA, (1+n)/(10+n))
}

// noise is how many values of styles an update takes for each domain.
func (t *Trainer) noise() (n [2]int) {
	for i, s := range t.styles {
		if s != nil {
			n[i] = s.Shape().Elems()
		}
	}
	return n
}

// Iteration is the number of iterations done, those before a checkpoint included.
func (t *Trainer) Iteration() int { return t.iteration }

// Memory is what both updates, and what translates for the store, hold on the device for activations; weights, moments and gradients come on top.
func (t *Trainer) Memory() graph.Memory {
	d, g := t.discriminate.program.Memory(), t.generate.program.Memory()
	all := graph.Memory{Arena: d.Arena + g.Arena, Live: d.Live + g.Live}
	if t.pool != nil {
		m := t.pool.translate.Memory()
		all.Arena, all.Live = all.Arena+m.Arena, all.Live+m.Live
	}
	return all
}

// Close frees everything on the device, but not the executor.
func (t *Trainer) Close() {
	for _, u := range []*update{t.discriminate, t.generate} {
		if u != nil {
			u.close()
		}
	}
	for _, n := range []*network{t.generators, t.discriminators} {
		if n != nil {
			n.close()
		}
	}
	if t.pool != nil {
		t.pool.close()
	}
	t.params.Close()
	for _, x := range append(t.pictures[:], t.styles[:]...) {
		if x != nil {
			x.Close()
		}
	}
}

// write copies a pair of values to the device.
func write(ctx context.Context, to [2]graph.Tensor, values [2][]float32) error {
	for i, t := range to {
		if t == nil {
			continue
		}
		if err := t.Write(ctx, values[i]); err != nil {
			return err
		}
	}
	return nil
}
