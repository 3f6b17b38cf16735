package data

import (
	"maps"
	"sync"
)

// Bad collects the pictures that cannot be read. Its methods may be called from any goroutine.
type Bad struct {
	mu  sync.Mutex
	why map[string]error // by path
}

func (b *Bad) add(path string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.why == nil {
		b.why = map[string]error{}
	}
	b.why[path] = err
}

func (b *Bad) has(path string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.why[path] != nil
}

// Count is how many there are so far.
func (b *Bad) Count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.why)
}

// All says of each, by path, why it cannot be read.
func (b *Bad) All() map[string]error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.why)
}
