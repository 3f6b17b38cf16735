package gpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// step is one dispatch of a plan. Its pipeline's bind group 0 holds operands at bindings 0, 1, ..., in the order and with the access of
// kernel.Bindings(), then dims as a uniform buffer at the next binding.
type step struct {
	kernel   shaders.Kernel
	operands []operand
	dims     any       // as kernel.Dims() returns it, filled
	groups   [3]uint32 // workgroups; each at most 65535
	flops    int64     // an estimate, which bounds the work of one submit (Chrome kills a job near 10 s)
}

// operand is a piece of device memory that a step binds: a node's tensor, or, where node is nil, scratch memory that belongs to the node
// being lowered and is reused by the next.
type operand struct {
	node    *graph.Node
	layout  layout // of a Param; computed tensors have only the plain one
	scratch int    // index into lowered.scratch
}

// lowered is what a node becomes.
type lowered struct {
	steps   []step
	scratch []int // elements (4 bytes each) of each scratch memory
	// parts, of a Conv: so many parts of moments of each channel of each sample lie in scratch memory momentsScratch when it is done, for a norm
	// that comes right behind. 0: none.
	parts int
}

// momentsScratch is where a Conv leaves moments, and partElems what each part of them is: see moments.wgsl.
const (
	momentsScratch = 2
	partElems      = 3
)
