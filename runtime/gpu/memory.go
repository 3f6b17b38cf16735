package gpu

import (
	"sync"

	"github.com/webmunit/webmunit/runtime/graph"
)

// purpose is what a buffer is for.
type purpose uint8

const (
	forWeights purpose = iota
	forActivations
	forTensors
	forStaging
)

// ledger counts the bytes of the device's buffers, so that what a program costs can be told and growth noticed. It may be read from anywhere.
type ledger struct {
	mu    sync.Mutex
	of    map[*buffer]purpose
	usage graph.Usage
}

func (l *ledger) made(b *buffer, p purpose) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[*buffer]purpose{}
	}
	l.of[b] = p
	*l.count(p) += int64(b.Size())
	l.usage.Peak = max(l.usage.Peak, l.usage.Total())
}

func (l *ledger) gone(b *buffer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*l.count(l.of[b]) -= int64(b.Size())
	delete(l.of, b)
}

func (l *ledger) count(p purpose) *int64 {
	return [...]*int64{forWeights: &l.usage.Weights, forActivations: &l.usage.Activations, forTensors: &l.usage.Tensors, forStaging: &l.usage.Staging}[p]
}

// Usage counts the device's buffers, as they were allocated. It does not wait for runs.
func (e *Executor) Usage() graph.Usage {
	l := &e.dev.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.usage
}

// release gives a buffer of create back.
func (d *device) release(b *buffer) {
	d.ledger.gone(b)
	b.Release()
}
