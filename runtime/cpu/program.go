package cpu

import (
	"context"
	"errors"
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// program is graph.Program: a list of steps over memory planned once.
type program struct {
	owner  *executor
	plan   *lowering.Plan
	params *params
	steps  []*step
	mem    [][]float32 // by node ID; those of inputs and outputs are set by each run
	memory graph.Memory
	// repacked are weights that the steps pack in each run.
	repacked  map[packedKey]region
	gradients gradients
	// transformed is what Winograd's filtering keeps between its steps; all convolutions share it.
	transformed []float32
	closed      bool
	lonely      error // why the team did not gather

	// What is to be made of mem and transformed, and of what the steps refer to.
	owned           []*graph.Node
	buffers         []*buffer
	wanted          []*wanted
	transformedSize int
	scratch         int        // of each worker
	unhurried       []graph.Op // those that are computed as their definitions read
}

var errProgramClosed = errors.New("the program is closed; compile the graph again")

// Plan is graph.Executor's: all of Compile but make.
func (e *executor) Plan(ctx context.Context, g *graph.Graph, p graph.Params) (graph.Memory, error) {
	if err := e.take(ctx); err != nil {
		return graph.Memory{}, err
	}
	defer e.give()
	prog, err := e.plan(ctx, g, p)
	if err != nil {
		return graph.Memory{}, err
	}
	return prog.memory, nil
}

// Compile plans g and makes what is planned.
func (e *executor) Compile(ctx context.Context, g *graph.Graph, p graph.Params) (graph.Program, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	defer e.give()
	prog, err := e.plan(ctx, g, p)
	if err != nil {
		return nil, err
	}
	if err := prog.make(); err != nil {
		return nil, fmt.Errorf("compiling: %w", err)
	}
	e.usage.Add(lowering.ForActivations, prog.memory.Arena)
	return prog, nil
}

// plan lists the steps that compute g and what memory they need, of which none is there yet: the reference as it stands, the fast path fused.
func (e *executor) plan(ctx context.Context, g *graph.Graph, p graph.Params) (*program, error) {
	weights, ok := p.(*params)
	if !ok || weights.owner != e {
		return nil, errors.New("the params belong to another executor; make them with this one's NewParams")
	}
	lower := (*program).lower
	if e.options.Reference {
		lower = (*program).reference
	} else {
		g = graph.Fuse(g, composites...)
		if e.options.Team != nil {
			rank, ranks := e.options.Team.Rank()
			g = graph.Split(g, rank, ranks, e.options.Sharing)
		}
	}
	plan, err := lowering.New(g)
	if err != nil {
		return nil, err
	}
	prog := &program{owner: e, plan: plan, params: weights, mem: make([][]float32, len(g.Nodes())),
		memory: graph.Memory{Arena: 4 * int64(plan.Slots.Elems()), Live: 4 * int64(plan.Slots.Live), Args: g.Args()}}
	if err := plan.Each(ctx, func(n *graph.Node) error { return lower(prog, n) }); err != nil {
		return nil, err
	}
	prog.memory.Shared += e.missing(prog.scratch)
	return prog, nil
}

// add appends a step of independent tiles, which need so much scratch memory per worker.
func (p *program) add(tiles, scratch int, tile tileFunc) {
	p.reserve(scratch)
	p.steps = append(p.steps, newStep(tiles, tile))
}

// fetch notes that p reads those of the nodes that are params, row-major.
func (p *program) fetch(nodes ...*graph.Node) {
	for _, n := range nodes {
		if s := n.Storage(); s.Op == graph.OpParam {
			p.want(s, layoutRaw)
		}
	}
}

// Run executes the steps; it checks ctx between their tiles.
func (p *program) Run(ctx context.Context, in, out []graph.Tensor) error {
	if err := p.owner.take(ctx); err != nil {
		return err
	}
	defer p.owner.give()
	if p.closed {
		return errProgramClosed
	}
	if err := p.plan.Takes.Check(in, out, p.owner.ownsTensor); err != nil {
		return err
	}
	p.bind(in, out)
	p.lonely = nil
	for _, s := range p.steps {
		if err := p.owner.pool.run(ctx, s); err != nil {
			return err
		}
		if p.lonely != nil {
			return p.lonely
		}
	}
	for i, j := range p.plan.Takes.Repeats {
		if j >= 0 {
			copy(out[i].(*tensor).data, out[j].(*tensor).data)
		}
	}
	return nil
}

// bind makes the caller's tensors the memory of the nodes that they stand for.
func (p *program) bind(in, out []graph.Tensor) {
	for _, n := range p.plan.Graph.Nodes() {
		switch h, _ := p.plan.Home(n); {
		case h.Kind != lowering.InArg:
		case h.Index < len(in):
			p.mem[n.ID] = in[h.Index].(*tensor).data
		default:
			p.mem[n.ID] = out[h.Index-len(in)].(*tensor).data
		}
	}
}

// ownsTensor refuses tensors that are not e's, or closed.
func (e *executor) ownsTensor(t graph.Tensor) error {
	own, ok := t.(*tensor)
	if !ok || own.owner != e {
		return errors.New("the tensor belongs to another executor")
	}
	if own.data == nil {
		return errTensorClosed
	}
	return nil
}

func (p *program) Memory() graph.Memory { return p.memory }

func (p *program) Close() {
	if p.owner.take(context.Background()) != nil {
		return
	}
	defer p.owner.give()
	if p.closed {
		return
	}
	p.owner.usage.Add(lowering.ForActivations, -p.memory.Arena)
	p.closed, p.steps, p.mem, p.transformed, p.owned, p.buffers, p.wanted, p.repacked = true, nil, nil, nil, nil, nil, nil, nil
	p.gradients = gradients{}
}
