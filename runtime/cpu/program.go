package cpu

import (
	"context"
	"errors"
	"fmt"

	"github.com/webmunit/webmunit/runtime/graph"
)

// program is graph.Program: a list of steps over memory planned once.
type program struct {
	owner  *executor
	graph  *graph.Graph
	params *params
	steps  []*step
	mem    [][]float32 // by node ID; those of inputs and outputs are set by each run
	alias  []int       // by output: the earlier output whose memory it repeats, or -1
	memory graph.Memory
	// arrangements are weights that the steps arrange in each run.
	arrangements map[arrangedKey]region
	gradients    gradients
	// transformed is what Winograd's filtering keeps between its steps; all convolutions share it.
	transformed []float32
	closed      bool
	lonely      error // why the team did not gather

	// What is to be made of mem and transformed, and of what the steps refer to.
	slots           graph.Slots
	owned           []*graph.Node
	buffers         []*buffer
	wanted          []*wanted
	transformedSize int
	scratch         int // of each worker
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
	e.ledger.add(&e.ledger.usage.Activations, prog.memory.Arena)
	return prog, nil
}

// plan lists the steps that compute g and what memory they need, of which none is there yet: the reference as it stands, the fast path fused.
func (e *executor) plan(ctx context.Context, g *graph.Graph, p graph.Params) (*program, error) {
	if err := g.Err(); err != nil {
		return nil, err
	}
	weights, ok := p.(*params)
	if !ok || weights.owner != e {
		return nil, errors.New("the params belong to another executor; make them with this one's NewParams")
	}
	lower := (*program).lower
	if e.options.Reference {
		lower = (*program).reference
	} else {
		g = graph.Fuse(g)
		if err := g.Err(); err != nil {
			return nil, err
		}
		foldGradients(g)
		if e.options.Team != nil {
			rank, ranks := e.options.Team.Rank()
			g = graph.Split(g, rank, ranks, e.options.ShareFrom)
		}
	}
	slots := graph.PlanSlots(g)
	prog := &program{owner: e, graph: g, params: weights, mem: make([][]float32, len(g.Nodes())), slots: slots,
		memory: graph.Memory{Arena: 4 * int64(slots.Elems()), Live: 4 * int64(slots.Live), Args: g.Args()}}
	prog.findAliases()
	for _, n := range g.Nodes() {
		if n.Op == graph.OpInput || n.Op == graph.OpParam || n.Op == graph.OpReshape {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := lower(prog, n); err != nil {
			return nil, fmt.Errorf("compiling %v of %s: %w", n.Op, n.Name, err)
		}
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

// findAliases finds outputs that share their memory with earlier ones.
func (p *program) findAliases() {
	first := map[*graph.Node]int{}
	for i, n := range p.graph.Outputs() {
		j, repeated := first[n.Storage()]
		if !repeated {
			first[n.Storage()], j = i, -1
		}
		p.alias = append(p.alias, j)
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
	if err := p.bind(in, out); err != nil {
		return err
	}
	p.lonely = nil
	for _, s := range p.steps {
		if err := p.owner.pool.run(ctx, s); err != nil {
			return err
		}
		if p.lonely != nil {
			return p.lonely
		}
	}
	for i, j := range p.alias {
		if j >= 0 {
			copy(out[i].(*tensor).data, out[j].(*tensor).data)
		}
	}
	return nil
}

// bind checks the caller's tensors and makes them the memory of the nodes that they stand for.
func (p *program) bind(in, out []graph.Tensor) error {
	inputs, outputs := p.graph.Inputs(), p.graph.Outputs()
	if len(in) != len(inputs) || len(out) != len(outputs) {
		return fmt.Errorf("the program takes %d inputs and %d outputs, not %d and %d", len(inputs), len(outputs), len(in), len(out))
	}
	for i, n := range inputs {
		data, err := p.owner.memoryOf(in[i], n.Shape)
		if err != nil {
			return fmt.Errorf("input %s: %w", n.Name, err)
		}
		p.mem[n.ID] = data
	}
	for i, n := range outputs {
		data, err := p.owner.memoryOf(out[i], n.Shape)
		if err != nil {
			return fmt.Errorf("output %s: %w", p.graph.OutputName(i), err)
		}
		if contains(in, out[i]) || contains(out[:i], out[i]) {
			return fmt.Errorf("output %s: the tensor is given twice; every output needs its own", p.graph.OutputName(i))
		}
		if p.alias[i] < 0 {
			p.mem[n.Storage().ID] = data
		}
	}
	for _, n := range p.graph.Nodes() {
		if n.Op == graph.OpReshape {
			p.mem[n.ID] = p.mem[n.Storage().ID]
		}
	}
	return nil
}

// memoryOf is the memory of t, which must be an open tensor of e with the given shape.
func (e *executor) memoryOf(t graph.Tensor, shape graph.Shape) ([]float32, error) {
	own, ok := t.(*tensor)
	if !ok || own.owner != e {
		return nil, errors.New("the tensor belongs to another executor")
	}
	if own.data == nil {
		return nil, errTensorClosed
	}
	if !own.shape.Equal(shape) {
		return nil, fmt.Errorf("the tensor has shape %v, not %v", own.shape, shape)
	}
	return own.data, nil
}

func contains(list []graph.Tensor, t graph.Tensor) bool {
	for _, o := range list {
		if o == t {
			return true
		}
	}
	return false
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
	p.owner.ledger.add(&p.owner.ledger.usage.Activations, -p.memory.Arena)
	p.closed, p.steps, p.mem, p.transformed, p.owned, p.buffers, p.wanted, p.arrangements = true, nil, nil, nil, nil, nil, nil, nil
	p.gradients = gradients{}
}
