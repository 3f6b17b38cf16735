package gpu

import "github.com/webmunit/webmunit/runtime/graph"

// Usage counts the device's buffers, as they were allocated. It does not wait for runs.
func (e *Executor) Usage() graph.Usage { return e.dev.usage.Now() }

// release gives a buffer of create back.
func (d *device) release(b *buffer) {
	d.usage.Add(d.purposes[b], -int64(b.Size()))
	delete(d.purposes, b)
	b.Release()
}
