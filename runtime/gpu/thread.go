package gpu

import (
	"context"
	"errors"
)

// ErrClosed is returned by whatever is used after its executor, or it itself, was closed.
var ErrClosed = errors.New("gpu: used after Close")

// thread is the one goroutine that calls WebGPU. gogpu is not safe for concurrent use, and natively it passes addresses on the caller's
// stack to the driver, which is why the goroutine's stack must not move (docs/upstream.md).
type thread struct {
	jobs chan job
	quit chan struct{}
}

type job struct {
	run  func() error
	done chan error
}

func newThread() *thread {
	t := &thread{jobs: make(chan job), quit: make(chan struct{})}
	go t.loop()
	return t
}

// do runs f on the thread and waits for it. A ctx that ends keeps f from starting; once started, f itself must heed it.
func (t *thread) do(ctx context.Context, f func() error) error {
	j := job{run: f, done: make(chan error, 1)}
	select {
	case <-t.quit:
		return ErrClosed
	default:
	}
	select {
	case t.jobs <- j:
		return <-j.done
	case <-ctx.Done():
		return ctx.Err()
	case <-t.quit:
		return ErrClosed
	}
}

// stop ends the thread after the job under way.
func (t *thread) stop() { close(t.quit) }

// stackBytes is more stack than any call into gogpu takes.
const stackBytes = 128 << 10

// loop keeps a frame of stackBytes alive, so that the stack has grown once and for all before the first call.
//
//go:noinline
func (t *thread) loop() {
	var frame [stackBytes]byte
	for i := 0; ; i++ {
		select {
		case j := <-t.jobs:
			frame[i%stackBytes]++
			j.done <- guarded(j.run)
		case <-t.quit:
			return
		}
	}
}

// guarded turns an exception that a JavaScript function threw into an error; Go's own panics go on.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if err = exception(r); err == nil {
				panic(r)
			}
		}
	}()
	return f()
}
