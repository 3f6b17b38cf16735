package gpu

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
)

// DefaultTuneBudget is what Tune's measurements may take, about: enough for a network's shapes on a real GPU.
const DefaultTuneBudget = 3 * time.Second

// TuneOptions bound what Tune does. The zero value is right for a device that nobody else uses.
type TuneOptions struct {
	Budget time.Duration // of the time that the device computes; compiling comes on top, once per kernel. 0: DefaultTuneBudget
	// Turn calls job when nobody else needs the device, and returns its error, or ctx's. Jobs are short: one variant is compiled, or one submit
	// is timed. nil: job is called at once.
	Turn func(ctx context.Context, job func() error) error
	// Progress is told of every shape that is done; nil: nobody is.
	Progress func(done, total int)
}

// Tune times the variants that fit the Convs of graphs, shape by shape, the dearest first, and has later Compiles take the fastest. Shapes that
// are known already, from Options.Store too, are left out; those that the budget does not reach keep what they have. It returns how many
// shapes it has measured, also with an error, which is ctx's, the device's, or the store's.
func (e *Executor) Tune(ctx context.Context, o TuneOptions, graphs ...*graph.Graph) (measured int, err error) {
	return newTuner(e, o).tune(ctx, graphs)
}

// tuner is a Tune under way.
type tuner struct {
	TuneOptions
	e     *Executor
	now   func() time.Time
	spent time.Duration
	jobs  int
}

func newTuner(e *Executor, o TuneOptions) *tuner {
	if o.Budget == 0 {
		o.Budget = DefaultTuneBudget
	}
	if o.Turn == nil {
		o.Turn = func(_ context.Context, job func() error) error { return job() }
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return &tuner{TuneOptions: o, e: e, now: time.Now}
}

// errSpent ends a tuning whose budget is used up.
var errSpent = errors.New("no time is left for tuning")

func (t *tuner) tune(ctx context.Context, graphs []*graph.Graph) (measured int, err error) {
	nodes, err := t.e.untuned(graphs)
	if err != nil {
		return 0, err
	}
	for i, n := range nodes {
		t.Progress(i, len(nodes))
		times, err := t.race(ctx, n)
		if errors.Is(err, errSpent) {
			break
		}
		if err != nil {
			return measured, err
		}
		if len(times) == 0 {
			continue // none could be measured here, for lack of memory, say
		}
		t.e.keep(Tuned{Shape: shapeOf(n), Variant: times[0].Variant, Times: times})
		measured++
		if err := t.e.save(); err != nil { // now, since the program may end before the next
			return measured, err
		}
	}
	t.Progress(len(nodes), len(nodes))
	return measured, nil
}

// untuned gives a Conv of each shape in graphs that is yet to be measured, the dearest shape first.
func (e *Executor) untuned(graphs []*graph.Graph) ([]*graph.Node, error) {
	c, work, nodes := e.decided(), map[ConvShape]int64{}, []*graph.Node(nil)
	for _, g := range graphs {
		if err := g.Err(); err != nil {
			return nil, err
		}
		for _, n := range convs(g) {
			s := shapeOf(n)
			if _, known := c.tuned[s]; known || len(c.contenders(n)) < 2 {
				continue
			}
			if work[s] == 0 {
				nodes = append(nodes, n)
			}
			work[s] += int64(n.Shape.Elems()) * int64(n.Inputs[1].Shape[1:].Elems())
		}
	}
	slices.SortStableFunc(nodes, func(a, b *graph.Node) int { return cmp.Compare(work[shapeOf(b)], work[shapeOf(a)]) })
	return nodes, nil
}

const (
	// timedWork is how long a submit that is timed takes at least: many times what clocks and fences are off by.
	timedWork = 5 * time.Millisecond
	// mostRepeats bounds how often a small Conv is repeated for that.
	mostRepeats = 64
	// rounds is how often each variant is timed; its time is the least.
	rounds = 3
	// hopeless is how many times the fastest a variant may take at first, and outpaced after a round, to be timed once more.
	hopeless, outpaced = 3, 1.25
)

// contender is a variant in a race.
type contender struct {
	v    *variant
	prog *program
	time time.Duration // the least so far
}

// race times what may compute n; the fastest comes first. Contenders take turns, so that a clock which goes up or down treats them alike.
func (t *tuner) race(ctx context.Context, n *graph.Node) ([]Timing, error) {
	g := signatureOf(n).graph(shapeOf(n))
	weights := t.e.NewParams(scattered{})
	defer weights.Close()
	args, err := t.arguments(ctx, g)
	defer closeAll(args)
	if err != nil {
		return nil, err
	}
	var all, field []*contender // those out of field are slow, and closed
	defer func() {
		for _, c := range field {
			c.prog.Close()
		}
	}()
	best := time.Duration(math.MaxInt64)
	for _, v := range t.e.decided().contenders(n) {
		p, err := t.enter(ctx, v, n, g, weights)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		c := &contender{v: v, prog: p}
		all, field = append(all, c), append(field, c)
		for range 2 { // first for what only the first time costs
			if c.time, err = t.time(ctx, p, args, 1); err != nil {
				return nil, err
			}
		}
		best = min(best, c.time)
		field = drop(field, hopeless*float64(best))
	}
	for range rounds {
		repeat := int(max(1, min(timedWork/max(best, 1), mostRepeats)))
		for _, c := range field {
			took, err := t.time(ctx, c.prog, args, repeat)
			if err != nil {
				return nil, err
			}
			c.time = min(c.time, took)
			best = min(best, c.time)
		}
		field = drop(field, outpaced*float64(best))
	}
	slices.SortStableFunc(all, func(a, b *contender) int { return cmp.Compare(a.time, b.time) })
	var times []Timing
	for _, c := range all {
		times = append(times, Timing{c.v.name, c.time.Seconds()})
	}
	return times, nil
}

// drop closes those that took longer than most nanoseconds.
func drop(field []*contender, most float64) []*contender {
	return slices.DeleteFunc(field, func(c *contender) bool {
		slow := float64(c.time) > most
		if slow {
			c.prog.Close()
		}
		return slow
	})
}

// enter compiles g, which is n's shape, by v; nil if v is off or there is no room for what it needs.
func (t *tuner) enter(ctx context.Context, v *variant, n *graph.Node, g *graph.Graph, weights graph.Params) (p *program, err error) {
	err = t.job(ctx, func() error {
		if ok, err := t.e.proved(ctx, v, n); !ok {
			return err
		}
		made, err := t.e.compile(ctx, g, weights, t.e.only(v))
		if ends(ctx, err) {
			return err
		}
		p, _ = made.(*program)
		return nil
	})
	return p, err
}

// arguments makes the tensors of g, whose inputs get values.
func (t *tuner) arguments(ctx context.Context, g *graph.Graph) (args []*tensor, err error) {
	err = t.job(ctx, func() error {
		for i, n := range append(g.Inputs(), g.Outputs()...) {
			x, err := t.e.NewTensor(n.Shape)
			if err != nil {
				return err
			}
			args = append(args, x.(*tensor))
			if i == len(g.Inputs()) {
				break
			}
			values, _ := scattered{}.Float32s(n.Name, n.Shape) // which never fails
			if err := x.Write(ctx, values); err != nil {
				return err
			}
		}
		return nil
	})
	return args, err
}

func closeAll(args []*tensor) {
	for _, x := range args {
		x.Close()
	}
}

// time is how long p takes for one Conv, by running each of its submits with its dispatches repeated.
func (t *tuner) time(ctx context.Context, p *program, args []*tensor, repeat int) (time.Duration, error) {
	var sum time.Duration
	from := 0
	for _, to := range p.ends {
		err := t.job(ctx, func() error {
			return t.e.do(ctx, func() error {
				if err := p.rebind(args); err != nil {
					return err
				}
				took, err := t.submit(ctx, slices.Repeat(p.dispatches[from:to], repeat))
				sum += took
				t.spent += took
				return err
			})
		})
		if err != nil {
			return 0, err
		}
		from = to
	}
	return sum / time.Duration(repeat), nil
}

// submit times one submit from an idle device to an idle device.
func (t *tuner) submit(ctx context.Context, ds []dispatch) (time.Duration, error) {
	dev := t.e.dev
	if err := dev.settle(ctx); err != nil {
		return 0, err
	}
	start := t.now()
	if err := dev.watched(func() error { return dev.submit(ctx, ds) }); err != nil {
		return 0, err
	}
	err := dev.settle(ctx)
	return t.now().Sub(start), err
}

// job does something that takes the device's time, when it is our turn and if there is time left.
func (t *tuner) job(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.spent >= t.Budget {
		return errSpent
	}
	t.jobs++
	return t.Turn(ctx, f)
}

// keep makes what was measured the choice for its shape.
func (e *Executor) keep(all ...Tuned) {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	c := *e.choices
	c.tuned = maps.Clone(c.tuned)
	if c.tuned == nil {
		c.tuned = map[ConvShape]Tuned{}
	}
	for _, t := range all {
		c.tuned[t.Shape] = t
	}
	e.choices = &c
}

// Tuned lists the shapes whose fastest variant is known, measured by this executor or found in its store, by their names.
func (e *Executor) Tuned() []Tuned {
	var order []*Tuned // pointers: what sorts them is in the page's code already
	for _, t := range e.decided().tuned {
		order = append(order, &t)
	}
	slices.SortStableFunc(order, func(a, b *Tuned) int { return cmp.Compare(a.Shape.String(), b.Shape.String()) })
	all := make([]Tuned, len(order))
	for i, t := range order {
		all[i] = *t
	}
	return all
}
