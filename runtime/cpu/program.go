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
	arrangements map[arrangedKey][]float32
	gradients    gradients
	closed       bool
	// transformed is what Winograd's filtering keeps between its steps; all convolutions share it.
	transformed []float32
}

var errProgramClosed = errors.New("the program is closed; compile the graph again")

// Compile plans g: the reference as it stands, the fast path fused.
func (e *executor) Compile(ctx context.Context, g *graph.Graph, p graph.Params) (graph.Program, error) {
	if err := g.Err(); err != nil {
		return nil, err
	}
	weights, ok := p.(*params)
	if !ok || weights.owner != e {
		return nil, errors.New("the params belong to another executor; make them with this one's NewParams")
	}
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	defer e.give()
	lower := (*program).lower
	if e.options.Reference {
		lower = (*program).reference
	} else {
		g = graph.Fuse(g)
		if err := g.Err(); err != nil {
			return nil, err
		}
		foldGradients(g)
	}
	slots := graph.PlanSlots(g)
	prog := &program{owner: e, graph: g, params: weights, mem: make([][]float32, len(g.Nodes())),
		memory: graph.Memory{Arena: 4 * int64(slots.Elems()), Live: 4 * int64(slots.Live)}}
	prog.plan(slots)
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
	return prog, nil
}

// add appends a step of independent tiles, which need so much scratch memory per worker.
func (p *program) add(tiles, scratch int, tile tileFunc) {
	p.owner.pool.reserve(scratch)
	p.steps = append(p.steps, newStep(tiles, tile))
}

// fetch brings those of the nodes that are params into memory, row-major.
func (p *program) fetch(nodes ...*graph.Node) error {
	for _, n := range nodes {
		if s := n.Storage(); s.Op == graph.OpParam && p.mem[s.ID] == nil {
			values, err := p.params.get(s, layoutRaw)
			if err != nil {
				return err
			}
			p.mem[s.ID] = values
		}
		p.mem[n.ID] = p.mem[n.Storage().ID]
	}
	return nil
}

// plan gives memory to all nodes that are not the caller's.
func (p *program) plan(slots graph.Slots) {
	memory := make([][]float32, len(slots.Size))
	for i, n := range slots.Size {
		memory[i] = make([]float32, n)
	}
	for _, n := range p.graph.Nodes() {
		if slot := slots.Of[n.ID]; slot != graph.NoSlot {
			p.mem[n.ID] = memory[slot][:n.Shape.Elems()]
		}
	}
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
	for _, s := range p.steps {
		if err := p.owner.pool.run(ctx, s); err != nil {
			return err
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
	p.closed, p.steps, p.mem, p.transformed = true, nil, nil, nil
	p.owner.give()
}
