package cpu

import (
	"context"
	"errors"
	"runtime"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// tensor is graph.Tensor: a slice that belongs to an executor. data is nil after Close.
type tensor struct {
	owner *executor
	shape graph.Shape
	data  []float32
	// forgotten takes a tensor that nobody closed off the count, when Go has collected it.
	forgotten runtime.Cleanup
}

var errTensorClosed = errors.New("the tensor is closed; make a new one")

func (t *tensor) Shape() graph.Shape { return t.shape }

func (t *tensor) Write(ctx context.Context, values []float32) error {
	return t.transfer(ctx, values, func() { copy(t.data, values) })
}

func (t *tensor) Read(ctx context.Context, values []float32) error {
	return t.transfer(ctx, values, func() { copy(values, t.data) })
}

func (t *tensor) transfer(ctx context.Context, values []float32, move func()) error {
	if err := lowering.CheckCount(t.shape, len(values)); err != nil {
		return err
	}
	if err := t.owner.take(ctx); err != nil {
		return err
	}
	defer t.owner.give()
	if t.data == nil {
		return errTensorClosed
	}
	move()
	return nil
}

func (t *tensor) Close() {
	if t.owner.take(context.Background()) == nil {
		t.forgotten.Stop()
		t.owner.usage.Add(lowering.ForTensors, -4*int64(len(t.data)))
		t.data = nil
		t.owner.give()
	}
}
