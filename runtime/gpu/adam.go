//go:build !inference

package gpu

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// Adam updates weights in place: a dispatch for each, and another for its average, in one submit, whose end it waits for.
func (e *Executor) Adam(ctx context.Context, a graph.Adam, weights []graph.Learned) error {
	if err := graph.CheckLearned(weights, e.ownsTensor); err != nil {
		return fmt.Errorf("gpu: %w", err)
	}
	all := make([][]*tensor, len(weights))
	for i, l := range weights {
		for _, x := range l.Tensors() {
			all[i] = append(all[i], x.(*tensor))
		}
	}
	return e.do(ctx, func() error { return e.dev.watched(func() error { return e.adam(ctx, a.Factors(), all) }) })
}

// adam submits what Adam asks for, on the thread.
func (e *Executor) adam(ctx context.Context, f graph.AdamFactors, weights [][]*tensor) error {
	pipes, err := e.kernels(ctx, []shaders.Kernel{shaders.Adam{}, shaders.Average{}})
	if err != nil {
		return err
	}
	var o optimiser
	defer func() { o.release(e.dev) }()
	for _, t := range weights {
		if slices.ContainsFunc(t, func(t *tensor) bool { return t.buf == nil }) {
			return fmt.Errorf("weight %v: %w", t[0].shape, ErrClosed)
		}
		err := o.add(pipes[0], t[:4], &shaders.AdamDims{Beta1: f.Beta1, Fresh1: f.Fresh1, Beta2: f.Beta2, Fresh2: f.Fresh2,
			Eps: f.Eps, Decay: f.Decay, Rate: f.Rate, Root: f.Root})
		if err == nil && len(t) > 4 {
			err = o.add(pipes[1], []*tensor{t[1], t[4]}, &shaders.AverageDims{Fresh: f.Fresh})
		}
		if err != nil {
			return err
		}
	}
	if len(o.dispatches) == 0 {
		return nil
	}
	if err := e.dev.scoped(ctx, "an optimiser's step", func() error { return o.bind(ctx, e.dev) }); err != nil {
		return err
	}
	if err := e.dev.submit(ctx, o.dispatches); err != nil {
		return err
	}
	return e.dev.wait(ctx, e.dev.inFlight[len(e.dev.inFlight)-1])
}

// optimiser collects the dispatches of a step; their dims share a buffer.
type optimiser struct {
	dispatches []dispatch
	operands   [][]binding
	dims       []uint32
	buffer     *buffer
}

func (o *optimiser) add(pipe *pipeline, tensors []*tensor, dims gridDims) error {
	s := overCount(nil, tensors[0].shape.Elems(), dims)
	words, err := shaders.Words(dims)
	if err != nil {
		return err
	}
	d := dispatch{pipe: pipe, groups: s.groups}
	var bs []binding
	for _, t := range tensors {
		bs = append(bs, binding{buf: t.buf})
	}
	bs = append(bs, binding{offset: 4 * int64(len(o.dims)), size: dimsAlign})
	o.dims = append(o.dims, words...)
	o.dims = append(o.dims, make([]uint32, (dimsAlign/4-len(o.dims)%(dimsAlign/4))%(dimsAlign/4))...)
	o.dispatches, o.operands = append(o.dispatches, d), append(o.operands, bs)
	return nil
}

func (o *optimiser) bind(ctx context.Context, dev *device) (err error) {
	if o.buffer, err = dev.newUniform("dims of adam", 4*int64(len(o.dims))); err != nil {
		return err
	}
	if err := dev.upload(ctx, []part{{dst: o.buffer, data: bytesOf(o.dims)}}); err != nil {
		return err
	}
	for i, bs := range o.operands {
		bs[len(bs)-1].buf = o.buffer
		var bindErr error
		if o.dispatches[i].group, bindErr = dev.bind("adam", o.dispatches[i].pipe, bs); bindErr != nil {
			err = errors.Join(err, bindErr)
		}
	}
	return err
}

func (o *optimiser) release(dev *device) {
	for _, d := range o.dispatches {
		if d.group != nil {
			d.group.Release()
		}
	}
	if o.buffer != nil {
		dev.release(o.buffer)
	}
}
