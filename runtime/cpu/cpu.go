// Package cpu executes graphs in Go. It has two paths: the reference, plain loops with float64 sums that read like the definitions of the
// ops and serve as the oracle of all tests, and the fast path, packed SIMD products on all cores.
//
// What it exports may change with any version; runtime and weights are for other modules.
package cpu

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// Options configure an executor.
type Options struct {
	Threads   int  // how many goroutines compute at once; 0: GOMAXPROCS
	Reference bool // the oracle: plain loops, float64 sums, nothing fused

	Team    graph.Team    // whoever computes with this executor; nil: nobody
	Sharing graph.Sharing // which convolutions the team shares; zero: graph.UsualSharing
}

// executor is graph.Executor. lock holds one token: whoever has it may run, compile, read or write, so that all of these are serialised.
type executor struct {
	options Options
	lock    chan struct{}
	pool    *pool
	leaf    *leaf
	usage   lowering.Usage
	refused []string // leaves that are not used because they compute wrongly here, and what
	closed  bool
}

var errClosed = errors.New("the CPU executor is closed; open a new one")

// New opens an executor. Close it to end its goroutines.
func New(o Options) graph.Executor {
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Sharing == (graph.Sharing{}) {
		o.Sharing = graph.UsualSharing
	}
	e := &executor{options: o, lock: make(chan struct{}, 1), pool: newPool(o.Threads), leaf: plainLeaf()}
	if !o.Reference {
		e.leaf, e.refused = chooseLeaf(leaves())
	}
	e.lock <- struct{}{}
	return e
}

// take waits for the executor's lock; the caller gives it back with give. It fails when ctx ends first or the executor is closed.
func (e *executor) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-e.lock:
	case <-ctx.Done():
		return ctx.Err()
	}
	if e.closed {
		e.give()
		return errClosed
	}
	return nil
}

func (e *executor) give() { e.lock <- struct{}{} }

// Info describes the processor.
func (e *executor) Info() graph.Info {
	threads := "threads"
	if e.options.Threads == 1 {
		threads = "thread"
	}
	return graph.Info{Kind: "cpu", Name: processorName(), Backend: fmt.Sprintf("Go, %s, %d %s", e.leaf.name, e.options.Threads, threads),
		Details: slices.Clone(e.refused)}
}

// NewParams makes an empty set of weights. src is asked once for each name and memory layout that graphs need.
func (e *executor) NewParams(src graph.ParamSource) graph.Params {
	return &params{owner: e, src: src, held: map[weight]held{}}
}

// NewTensor allocates a tensor of zeros.
func (e *executor) NewTensor(shape graph.Shape) (graph.Tensor, error) {
	if err := lowering.CheckShape(shape); err != nil {
		return nil, err
	}
	if err := e.take(context.Background()); err != nil {
		return nil, err
	}
	defer e.give()
	t := &tensor{owner: e, shape: append(graph.Shape{}, shape...), data: make([]float32, shape.Elems())}
	bytes := 4 * int64(shape.Elems())
	e.usage.Add(lowering.ForTensors, bytes)
	t.forgotten = runtime.AddCleanup(t, func(u *lowering.Usage) { u.Add(lowering.ForTensors, -bytes) }, &e.usage)
	return t, nil
}

// Close ends the executor's goroutines after the run under way. Closing twice does nothing.
func (e *executor) Close() error {
	if e.take(context.Background()) != nil {
		return nil
	}
	defer e.give()
	e.closed = true
	e.pool.close()
	return nil
}
