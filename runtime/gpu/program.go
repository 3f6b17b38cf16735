package gpu

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/shaders"
)

const (
	// flopsPerSubmit keeps one submit far below the 10 s after which Chrome's watchdog and drivers give up, down to 20 GFLOP/s.
	flopsPerSubmit = 20e9
	// softwareFlopsPerSubmit does so for emulated GPUs, down to 0.1 GFLOP/s.
	softwareFlopsPerSubmit = 250e6
)

// program is a graph.Program: a plan with all that it needs on the device.
type program struct {
	e      *Executor
	plan   *plan
	params *params
	memory graph.Memory

	// Used on the thread only.
	closed     bool
	slots      []*buffer
	scratch    []*buffer
	weights    []*buffer
	dims       *buffer
	dispatches []dispatch // as plan.calls
	args       []*tensor  // what the bind groups were made for; nil before the first run
	ends       []int      // of the submits
}

// Compile plans g and makes all that it needs. Kernels are compiled once per executor, weights uploaded once per Params. Convs are computed
// by variants that have been proved on this device.
func (e *Executor) Compile(ctx context.Context, g *graph.Graph, p graph.Params) (graph.Program, error) {
	c, err := e.decide(ctx, g)
	if err != nil {
		return nil, err
	}
	return e.compile(ctx, g, p, dispatcher{e.budget(), c}.lower)
}

// Plan is graph.Executor's. Like Compile it may have to prove variants first.
func (e *Executor) Plan(ctx context.Context, g *graph.Graph, p graph.Params) (graph.Memory, error) {
	c, err := e.decide(ctx, g)
	if err != nil {
		return graph.Memory{}, err
	}
	prog, err := e.planned(ctx, g, p, dispatcher{e.budget(), c}.lower)
	if err != nil {
		return graph.Memory{}, err
	}
	return prog.memory, nil
}

// planned is a program of which nothing is on the device yet.
func (e *Executor) planned(ctx context.Context, g *graph.Graph, p graph.Params, lower func(*graph.Node) (lowered, error)) (*program, error) {
	plan, err := newPlan(ctx, g, lower)
	if err != nil {
		return nil, err
	}
	prog := &program{e: e, plan: plan, ends: plan.batches(e.budget()), memory: plan.memory()}
	if len(plan.params) > 0 {
		var ok bool
		if prog.params, ok = p.(*params); !ok || prog.params.e != e {
			return nil, errors.New("gpu: the graph has weights and its Params are not of this executor")
		}
		if prog.memory.Shared, err = prog.params.missing(ctx, plan.params); err != nil {
			return nil, err
		}
	}
	return prog, nil
}

func (e *Executor) compile(ctx context.Context, g *graph.Graph, p graph.Params, lower func(*graph.Node) (lowered, error)) (graph.Program, error) {
	prog, err := e.planned(ctx, g, p, lower)
	if err != nil {
		return nil, err
	}
	if prog.params != nil {
		if prog.weights, err = prog.params.fill(ctx, prog.plan.params); err != nil {
			return nil, err
		}
	}
	if err := e.do(ctx, func() error { return prog.build(ctx) }); err != nil {
		prog.Close()
		return nil, err
	}
	return prog, nil
}

// budget is the work of one submit, in floating-point operations.
func (e *Executor) budget() int64 {
	if e.info.Software {
		return softwareFlopsPerSubmit
	}
	return flopsPerSubmit
}

// build makes pipelines, memory and those bind groups that touch no tensor of the caller.
func (p *program) build(ctx context.Context) error {
	p.e.adopt(p)
	dev := p.e.dev
	kernels := make([]shaders.Kernel, len(p.plan.calls))
	for i, c := range p.plan.calls {
		kernels[i] = c.kernel
	}
	pipes, err := p.e.kernels(ctx, kernels)
	if err != nil {
		return err
	}
	p.dispatches = make([]dispatch, len(p.plan.calls))
	for i, c := range p.plan.calls {
		p.dispatches[i] = dispatch{pipe: pipes[i], groups: c.groups}
	}
	if err := dev.scoped(ctx, "memory for activations", p.allocate); err != nil {
		return err
	}
	if p.dims != nil {
		if err := dev.upload(ctx, []part{{dst: p.dims, data: bytesOf(p.plan.dims)}}); err != nil {
			return err
		}
	}
	return dev.scoped(ctx, "bind groups", func() error {
		for i, c := range p.plan.calls {
			if !takesArg(c, nil) {
				if err := p.bind(i); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (p *program) allocate() (err error) {
	make := func(bufs *[]*buffer, what string, elems []int) {
		for i, n := range elems {
			if err != nil {
				return
			}
			var b *buffer
			if b, err = p.e.dev.newBuffer(lowering.ForActivations, fmt.Sprintf("%s %d", what, i), 4*int64(n)); err == nil {
				*bufs = append(*bufs, b)
			}
		}
	}
	make(&p.slots, "activations", p.plan.Slots.Size)
	make(&p.scratch, "scratch memory", p.plan.scratch)
	if err == nil && len(p.plan.dims) > 0 {
		p.dims, err = p.e.dev.newUniform("dims", 4*int64(len(p.plan.dims)))
	}
	return err
}

// takesArg reports whether c binds an argument of a run, one of those marked in only if that is given.
func takesArg(c call, only []bool) bool {
	for _, r := range c.operands {
		if r.kind == refArg && (only == nil || only[r.index]) {
			return true
		}
	}
	return false
}

// bind makes the bind group of call i for the current p.args.
func (p *program) bind(i int) error {
	c, d := p.plan.calls[i], &p.dispatches[i]
	if d.group != nil {
		d.group.Release()
		d.group = nil
	}
	bs := make([]binding, 0, len(c.operands)+1)
	for _, r := range c.operands {
		switch r.kind {
		case refSlot:
			bs = append(bs, binding{buf: p.slots[r.index]})
		case refScratch:
			bs = append(bs, binding{buf: p.scratch[r.index]})
		case refParam:
			bs = append(bs, binding{buf: p.weights[r.index]})
		case refArg:
			bs = append(bs, binding{buf: p.args[r.index].buf})
		}
	}
	bs = append(bs, binding{buf: p.dims, offset: c.dims.offset, size: c.dims.size})
	var err error
	if d.group, err = p.e.dev.bind(c.name, d.pipe, bs); err != nil {
		return fmt.Errorf("gpu: %s: kernel %s: %w", c.name, c.kernel.Label(), err)
	}
	return nil
}

// Run submits the plan's dispatches. It may return before they are done.
func (p *program) Run(ctx context.Context, in, out []graph.Tensor) error {
	args, err := p.arguments(in, out)
	if err != nil {
		return err
	}
	return p.e.do(ctx, func() error {
		if p.closed {
			return fmt.Errorf("program: %w", ErrClosed)
		}
		if p.params != nil && p.params.closed {
			return fmt.Errorf("the program's weights: %w", ErrClosed)
		}
		return p.e.dev.watched(func() error { return p.replay(ctx, args) })
	})
}

// replay submits the calls, piece by piece.
func (p *program) replay(ctx context.Context, args []*tensor) error {
	if err := p.rebind(args); err != nil {
		return err
	}
	from := 0
	for _, to := range p.ends {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.e.dev.loss.err(); err != nil {
			return err
		}
		if err := p.e.dev.submit(ctx, p.dispatches[from:to]); err != nil {
			return err
		}
		from = to
	}
	return p.copyOutputs(ctx)
}

// arguments checks what the caller gives to a run, and puts it in a line: inputs, then outputs.
func (p *program) arguments(in, out []graph.Tensor) ([]*tensor, error) {
	if err := p.plan.Takes.Check(in, out, p.e.ownsTensor); err != nil {
		return nil, fmt.Errorf("gpu: %w", err)
	}
	args := make([]*tensor, 0, len(in)+len(out))
	for _, t := range slices.Concat(in, out) {
		args = append(args, t.(*tensor))
	}
	return args, nil
}

// ownsTensor refuses tensors that are not e's.
func (e *Executor) ownsTensor(t graph.Tensor) error {
	if own, ok := t.(*tensor); !ok || own == nil || own.e != e {
		return errors.New("the tensor belongs to another executor")
	}
	return nil
}

// rebind makes the bind groups of those calls again whose arguments are not those of the last run.
func (p *program) rebind(args []*tensor) error {
	changed := make([]bool, len(args))
	for i, t := range args {
		if t.buf == nil {
			return fmt.Errorf("tensor %v: %w", t.shape, ErrClosed)
		}
		changed[i] = p.args == nil || p.args[i] != t
	}
	p.args = args
	for i, c := range p.plan.calls {
		if takesArg(c, changed) {
			if err := p.bind(i); err != nil {
				p.args = nil
				return err
			}
		}
	}
	return nil
}

// copyOutputs copies what outputs share with earlier ones.
func (p *program) copyOutputs(ctx context.Context) error {
	var ops []copyOp
	outputs := p.args[len(p.plan.Takes.Inputs):]
	for i, j := range p.plan.Takes.Repeats {
		if j >= 0 {
			ops = append(ops, copyOp{src: outputs[j].buf, dst: outputs[i].buf, size: bytesIn(outputs[i].shape)})
		}
	}
	if len(ops) == 0 {
		return nil
	}
	return p.e.dev.copies(ctx, ops)
}

// Memory is what plan.memory and params.missing say.
func (p *program) Memory() graph.Memory { return p.memory }

func (p *program) Close() { p.e.dispose(p) }

func (p *program) release() {
	p.closed = true
	for _, d := range p.dispatches {
		if d.group != nil {
			d.group.Release()
		}
	}
	for _, bufs := range [][]*buffer{p.slots, p.scratch} {
		for _, b := range bufs {
			p.e.dev.release(b)
		}
	}
	if p.dims != nil {
		p.e.dev.release(p.dims)
	}
	p.dispatches, p.slots, p.scratch, p.dims, p.args = nil, nil, nil, nil, nil
}
