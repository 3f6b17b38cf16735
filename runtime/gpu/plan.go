package gpu

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/shaders"
)

// ref names a piece of memory of a plan, whose buffer may not exist yet.
type ref struct {
	kind  refKind
	index int
}

type refKind uint8

const (
	refSlot    refKind = iota // Plan.Slots
	refScratch                // plan.scratch
	refParam                  // plan.params
	refArg                    // a tensor that the caller gives to a run: inputs, then outputs
)

// plan is what a graph becomes before anything is made on a device.
type plan struct {
	calls   []call
	scratch []int    // elements of each; one set serves all nodes, one after the other
	params  []param  // each once
	dims    []uint32 // of all calls, each at its offset
	*lowering.Plan
}

// call is one dispatch.
type call struct {
	kernel   shaders.Kernel
	name     string // of the node, for messages
	operands []ref
	dims     binding // its part of plan.dims; the buffer comes later
	groups   [3]uint32
	flops    int64
}

// param is a weight in a layout.
type param struct {
	node   *graph.Node
	layout layout
}

// newPlan fuses g, plans its memory and lowers its nodes.
func newPlan(ctx context.Context, g *graph.Graph, lower func(*graph.Node) (lowered, error)) (*plan, error) {
	common, err := lowering.New(graph.Fuse(g))
	if err != nil {
		return nil, err
	}
	p := &plan{Plan: common}
	var before *graph.Node // the node lowered last, which left so many parts of moments
	parts := 0
	err = p.Each(ctx, func(n *graph.Node) (err error) {
		var low lowered
		if (n.Op == graph.OpInstanceNorm || n.Op == graph.OpLayerNorm) && n.Inputs[0] == before && parts > 0 {
			low = lowerNormOf(n, parts)
		} else if low, err = lower(n); err != nil {
			return err
		}
		before, parts = n, low.parts
		for i, elems := range low.scratch {
			if i == len(p.scratch) {
				p.scratch = append(p.scratch, 0)
			}
			p.scratch[i] = max(p.scratch[i], elems)
		}
		for _, s := range low.steps {
			if err := p.add(n, s); err != nil {
				return err
			}
		}
		return nil
	})
	return p, err
}

// memory is what a program of p takes.
func (p *plan) memory() graph.Memory {
	m := graph.Memory{Live: 4 * int64(p.Slots.Live)}
	for _, elems := range slices.Concat(p.Slots.Size, p.scratch) {
		m.Arena += allocated(4 * int64(elems))
	}
	if len(p.dims) > 0 {
		m.Arena += allocated(4 * int64(len(p.dims)))
	}
	for _, n := range slices.Concat(p.Takes.Inputs, p.Takes.Outputs) {
		m.Args += allocated(bytesIn(n.Shape))
	}
	return m
}

// find says where an operand lies, if anywhere. A Param has a home in each layout that some step binds.
func (p *plan) find(o operand) (ref, bool) {
	if o.node == nil {
		return ref{refScratch, o.scratch}, o.scratch < len(p.scratch)
	}
	switch h, ok := p.Home(o.node); {
	case !ok || h.Kind != lowering.InWeight && o.layout != layoutRaw:
		return ref{}, false
	case h.Kind == lowering.InSlot:
		return ref{refSlot, h.Index}, true
	case h.Kind == lowering.InArg:
		return ref{refArg, h.Index}, true
	}
	w := param{o.node.Storage(), o.layout}
	i := slices.Index(p.params, w)
	if i < 0 {
		i = len(p.params)
		p.params = append(p.params, w)
	}
	return ref{refParam, i}, true
}

// add appends a step of node n.
func (p *plan) add(n *graph.Node, s step) error {
	c := call{kernel: s.kernel, name: lowering.Name(n), groups: s.groups, flops: s.flops}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("gpu: kernel %s %s", s.kernel.Label(), fmt.Sprintf(format, args...))
	}
	access := s.kernel.Bindings()
	if len(access) != len(s.operands) {
		return fail("binds %d buffers, got %d", len(access), len(s.operands))
	}
	used := map[ref]shaders.Access{}
	for i, o := range s.operands {
		r, ok := p.find(o)
		if !ok {
			return fail("binds memory at %d that no node owns", i)
		}
		// WebGPU forbids it, natively nothing would tell.
		if before, again := used[r]; again && (before == shaders.ReadWrite || access[i] == shaders.ReadWrite) {
			return fail("would write a buffer that it binds twice, at %d", i)
		}
		used[r] = access[i]
		c.operands = append(c.operands, r)
	}
	for _, n := range s.groups {
		if n < 1 || n > 65535 {
			return fail("would run in %v workgroups, of which each must be in [1, 65535]", s.groups)
		}
	}
	if got, want := reflect.TypeOf(s.dims), reflect.TypeOf(s.kernel.Dims()); got != want {
		return fail("takes dims of type %v, got %v", want, got)
	}
	dims, err := shaders.Words(s.dims)
	if err != nil {
		return fail("cannot take its dims: %v", err)
	}
	size := roundUp(4*int64(len(dims)), dimsAlign)
	c.dims = binding{offset: 4 * int64(len(p.dims)), size: size}
	p.dims = append(p.dims, dims...)
	p.dims = append(p.dims, make([]uint32, size/4-int64(len(dims)))...)
	p.calls = append(p.calls, c)
	return nil
}

// batches cuts the calls into submits of at most budget floating-point operations, or one call; it returns their ends.
func (p *plan) batches(budget int64) []int {
	var ends []int
	sum := int64(0)
	for i, c := range p.calls {
		if i > 0 && sum+c.flops > budget {
			ends = append(ends, i)
			sum = 0
		}
		sum += c.flops
	}
	return append(ends, len(p.calls))
}
