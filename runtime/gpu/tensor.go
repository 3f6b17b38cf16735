package gpu

import (
	"context"
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// tensor is a graph.Tensor: float32 values in one buffer.
type tensor struct {
	e     *Executor
	shape graph.Shape
	buf   *buffer // nil when closed; used on the thread only
}

// NewTensor allocates a float32 tensor on the device. Its elements are 0.
func (e *Executor) NewTensor(shape graph.Shape) (graph.Tensor, error) {
	if err := lowering.CheckShape(shape); err != nil {
		return nil, fmt.Errorf("gpu: %w", err)
	}
	t := &tensor{e: e, shape: slices.Clone(shape)}
	err := e.do(context.Background(), func() error {
		label := "tensor " + shape.String()
		return e.dev.scoped(context.Background(), label, func() (err error) {
			if t.buf, err = e.dev.newBuffer(lowering.ForTensors, label, bytesIn(shape)); err == nil {
				e.adopt(t)
			}
			return err
		})
	})
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *tensor) Shape() graph.Shape { return t.shape }

func (t *tensor) Write(ctx context.Context, values []float32) error {
	return t.transfer(ctx, len(values), func() error {
		return t.e.dev.upload(ctx, []part{{dst: t.buf, data: bytesOf(values)}})
	})
}

func (t *tensor) Read(ctx context.Context, values []float32) error {
	return t.transfer(ctx, len(values), func() error {
		return t.e.dev.download(ctx, t.buf, bytesOf(values))
	})
}

func (t *tensor) transfer(ctx context.Context, n int, f func() error) error {
	if err := lowering.CheckCount(t.shape, n); err != nil {
		return fmt.Errorf("gpu: %w", err)
	}
	return t.e.do(ctx, func() error {
		if t.buf == nil {
			return fmt.Errorf("tensor %v: %w", t.shape, ErrClosed)
		}
		return f()
	})
}

func (t *tensor) Close() { t.e.dispose(t) }

func (t *tensor) release() {
	t.e.dev.release(t.buf)
	t.buf = nil
}

func bytesIn(s graph.Shape) int64 { return 4 * int64(s.Elems()) }
