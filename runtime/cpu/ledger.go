package cpu

import (
	"sync"

	"github.com/webmunit/webmunit/runtime/graph"
)

// ledger counts what an executor holds. It may be read from anywhere.
type ledger struct {
	mu    sync.Mutex
	usage graph.Usage
}

// add changes one of the usage's counts.
func (l *ledger) add(count *int64, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*count += bytes
	l.usage.Peak = max(l.usage.Peak, l.usage.Total())
}

// Usage counts the executor's memory. Scratch memory is among activations. It does not wait for runs.
func (e *executor) Usage() graph.Usage {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	return e.ledger.usage
}

// missing is what the workers lack, in bytes, to have so much scratch memory each.
func (e *executor) missing(scratch int) (bytes int64) {
	for _, w := range e.pool.workers {
		bytes += 4 * int64(max(0, scratch-len(w.scratch)))
	}
	return bytes
}

// reserve gives every worker so much scratch memory.
func (e *executor) reserve(scratch int) {
	e.ledger.add(&e.ledger.usage.Activations, e.missing(scratch))
	e.pool.reserve(scratch)
}
