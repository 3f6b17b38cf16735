package gpu

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
)

// params are a graph.Params: weights that the programs of one model share.
type params struct {
	e   *Executor
	src graph.ParamSource

	filling sync.Mutex // held by a Compile from asking what is missing until it is there
	// Used on the thread only.
	weights map[weightKey]*weight
	closed  bool
}

type weightKey = lowering.Weight[layout]

type weight struct {
	param
	buf  *buffer
	full bool // its values are on the device
}

// NewParams makes an empty set of weights, which Compile fills from src.
func (e *Executor) NewParams(src graph.ParamSource) graph.Params {
	p := &params{e: e, src: src, weights: map[weightKey]*weight{}}
	// Where this fails, so will whatever uses p.
	_ = e.do(context.Background(), func() error {
		e.adopt(p)
		return nil
	})
	return p
}

// fill sees to it that wanted are on the device and returns their buffers.
func (p *params) fill(ctx context.Context, wanted []param) ([]*buffer, error) {
	p.filling.Lock()
	defer p.filling.Unlock()
	var bufs []*buffer
	var missing []*weight
	err := p.do(ctx, func() (err error) {
		bufs, missing, err = p.allocate(ctx, wanted)
		return err
	})
	if err != nil {
		return nil, err
	}
	return bufs, p.upload(ctx, missing)
}

// missing is what allocate would allocate for wanted, in bytes.
func (p *params) missing(ctx context.Context, wanted []param) (bytes int64, err error) {
	return bytes, p.do(ctx, func() error {
		for _, w := range wanted {
			if p.weights[w.key()] == nil {
				bytes += allocated(w.bytes())
			}
		}
		return nil
	})
}

func (w param) key() weightKey { return weightKey{Name: w.node.Name, Layout: w.layout} }

// bytes is the size of w.
func (w param) bytes() int64 { return 4 * int64(w.layout.elems(w.node.Shape)) }

// allocate returns the buffers of wanted, new ones among them, and which of them are empty.
func (p *params) allocate(ctx context.Context, wanted []param) (bufs []*buffer, missing []*weight, err error) {
	err = p.e.dev.scoped(ctx, "memory for weights", func() error {
		for _, want := range wanted {
			w := p.weights[want.key()]
			if w == nil {
				buf, err := p.e.dev.newBuffer(lowering.ForWeights, want.node.Name, want.bytes())
				if err != nil {
					return err
				}
				w = &weight{param: want, buf: buf}
				p.weights[want.key()] = w
			}
			if err := lowering.SameShape(want.node, w.node.Shape); err != nil {
				return fmt.Errorf("gpu: %w", err)
			}
			if !w.full {
				missing = append(missing, w)
			}
			bufs = append(bufs, w.buf)
		}
		return nil
	})
	if err != nil {
		for _, w := range missing {
			p.e.dev.release(w.buf)
			delete(p.weights, w.key())
		}
	}
	return bufs, missing, err
}

// upload copies the values of missing from the source, each in its layout, several tensors at a time.
func (p *params) upload(ctx context.Context, missing []*weight) error {
	var parts []part
	size, from := 0, 0
	for i, w := range missing {
		values, err := lowering.Values(p.src, w.node)
		if err != nil {
			return err
		}
		values = w.layout.pack(values, w.node.Shape)
		parts = append(parts, part{dst: w.buf, data: bytesOf(values)})
		size += 4 * len(values)
		if size < stagingBytes && i < len(missing)-1 {
			continue
		}
		err = p.do(ctx, func() error {
			if err := p.e.dev.upload(ctx, parts); err != nil {
				return err
			}
			for _, w := range missing[from : i+1] {
				w.full = true
			}
			return nil
		})
		if err != nil {
			return err
		}
		parts, size, from = nil, 0, i+1
	}
	return nil
}

func (p *params) do(ctx context.Context, f func() error) error {
	return p.e.do(ctx, func() error {
		if p.closed {
			return fmt.Errorf("weights: %w", ErrClosed)
		}
		return f()
	})
}

// Trim frees those weights of p that no program binds any more, in layouts of variants that others have replaced. No Compile with p may be under
// way.
func (e *Executor) Trim(p graph.Params) error {
	ours, ok := p.(*params)
	if !ok || ours.e != e {
		return errors.New("gpu: the Params to trim are not of this executor")
	}
	return ours.do(context.Background(), func() error {
		bound := map[*buffer]bool{}
		for c := range e.children {
			if prog, ok := c.(*program); ok {
				for _, b := range prog.weights {
					bound[b] = true
				}
			}
		}
		maps.DeleteFunc(ours.weights, func(_ weightKey, w *weight) bool {
			if !bound[w.buf] {
				e.dev.release(w.buf)
			}
			return !bound[w.buf]
		})
		return nil
	})
}

// Close releases the weights; programs that use them can run no more.
func (p *params) Close() { p.e.dispose(p) }

func (p *params) release() {
	p.closed = true
	for _, w := range p.weights {
		p.e.dev.release(w.buf)
	}
	clear(p.weights)
}
