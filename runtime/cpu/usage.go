package cpu

import (
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// Usage counts the executor's memory. Scratch memory is among activations. It does not wait for runs.
func (e *executor) Usage() graph.Usage { return e.usage.Now() }

// missing is what the workers lack, in bytes, to have so much scratch memory each.
func (e *executor) missing(scratch int) (bytes int64) {
	for _, w := range e.pool.workers {
		bytes += 4 * int64(max(0, scratch-len(w.scratch)))
	}
	return bytes
}

// reserve gives every worker so much scratch memory.
func (e *executor) reserve(scratch int) {
	e.usage.Add(lowering.ForActivations, e.missing(scratch))
	e.pool.reserve(scratch)
}
