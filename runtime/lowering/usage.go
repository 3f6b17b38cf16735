package lowering

import (
	"sync"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Usage counts the bytes that an executor holds, so that what a program costs can be told and growth noticed. It may be used from anywhere.
type Usage struct {
	mu  sync.Mutex
	now graph.Usage
}

// Purpose is what memory is for.
type Purpose uint8

// Purposes, as graph.Usage has them.
const (
	ForWeights Purpose = iota
	ForActivations
	ForTensors
	ForStaging
)

// Add counts bytes that were allocated, or, below 0, given back.
func (u *Usage) Add(p Purpose, bytes int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	*[...]*int64{ForWeights: &u.now.Weights, ForActivations: &u.now.Activations, ForTensors: &u.now.Tensors, ForStaging: &u.now.Staging}[p] += bytes
	u.now.Peak = max(u.now.Peak, u.now.Total())
}

// Now is the count at the moment.
func (u *Usage) Now() graph.Usage {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.now
}
