// Package gpu runs graphs on WebGPU, through github.com/gogpu/wgpu: natively over Vulkan, Metal or DirectX 12, and in the browser.
//
// A graph becomes a flat list of dispatches (plan.go) whose pipelines, memory and bind groups are made once and replayed (program.go).
// What becomes of each node is decided by lower and the kernels in shaders. All that is known of WebGPU lies in device*.go.
//
// What it exports may change with any version; runtime and weights are for other modules.
package gpu

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// Executor runs graphs on one GPU. It implements graph.Executor.
type Executor struct {
	thread *thread
	dev    *device
	info   graph.Info
	once   sync.Once

	store Store // or nil

	deciding sync.Mutex // guards what follows
	choices  *choices
	proofs   map[proof]bool
	tried    map[string]bool // variants that some proof was asked of

	// Used on the thread only.
	closed    bool
	pipelines map[shaders.Kernel]*pipeline
	children  map[child]struct{} // what must be released before the device
}

var _ graph.Executor = (*Executor)(nil)

// child is something on the device that its user may forget to close.
type child interface{ release() }

// Open makes an executor on the best adapter that fits o and has it compute something known first: a device that cannot be opened or gets that
// wrong is refused, and the next takes its place. The error tells why each was refused; it wraps ErrNoGPU where there is no adapter.
func Open(ctx context.Context, o Options) (*Executor, error) {
	if names := VariantNames(); o.Variant != "" && !slices.Contains(names, o.Variant) {
		return nil, fmt.Errorf("gpu: no convolution is computed by %q; there are: %s", o.Variant, strings.Join(names, ", "))
	}
	var refused []error
	for {
		e, more, err := openNext(ctx, o, len(refused))
		if err == nil {
			return e, nil
		}
		refused = append(refused, err)
		if !more || ctx.Err() != nil {
			return nil, errors.Join(refused...)
		}
	}
}

// openNext is Open for the adapter that stands behind so many others. more reports whether there is one behind it.
func openNext(ctx context.Context, o Options, behind int) (_ *Executor, more bool, err error) {
	e := &Executor{thread: newThread(), store: o.Store, proofs: map[proof]bool{}, tried: map[string]bool{}, pipelines: map[shaders.Kernel]*pipeline{}, children: map[child]struct{}{}}
	err = e.thread.do(ctx, func() error {
		instance, fit, err := find(o)
		if err != nil {
			return err
		}
		more = behind+1 < len(fit)
		for i, c := range fit {
			if i != behind {
				c.adapter.Release()
			}
		}
		if behind >= len(fit) {
			instance.Release()
			return errors.New("gpu: an adapter went away while it was opened")
		}
		e.dev, err = openDevice(instance, fit[behind], o.Limits)
		return err
	})
	if err != nil {
		e.thread.stop()
		return nil, more, err
	}
	e.info = e.dev.info
	e.choices = &choices{traits: traits{software: e.info.Software, binding: e.dev.largest()}, forced: o.Variant, lossy: o.Lossy, off: lacking(e.dev)}
	if err := o.probed(ctx, e); err != nil {
		e.Close()
		return nil, more, err
	}
	e.restore()
	return e, false, nil
}

// Info describes the adapter; Info.Software tells a GPU emulated by the CPU.
func (e *Executor) Info() graph.Info { return e.info }

// Destroy loses the device on purpose, as GPUDevice.destroy() does: calls under way and later ones return graph.ErrDeviceLost.
// It is for tests of what happens then; Close is still needed.
func (e *Executor) Destroy() { e.dev.kill() }

// Close releases the device with all tensors, weights and programs on it. Closing twice is harmless.
func (e *Executor) Close() error {
	var err error
	e.once.Do(func() {
		err = e.thread.do(context.Background(), func() error {
			e.closed = true
			for c := range e.children {
				c.release()
			}
			for _, p := range e.pipelines {
				p.release()
			}
			e.dev.close()
			return nil
		})
		e.thread.stop()
	})
	return err
}

// do runs f on the thread and sorts out what its error means.
func (e *Executor) do(ctx context.Context, f func() error) error {
	err := e.thread.do(ctx, func() error {
		if e.closed {
			return ErrClosed
		}
		if err := e.dev.loss.err(); err != nil {
			return err
		}
		err := f()
		if late := e.dev.takeError(); err == nil {
			err = late
		}
		return err
	})
	if err == ErrClosed {
		return err
	}
	e.dev.noticeLoss(err)
	if lost := e.dev.loss.err(); lost != nil {
		return lost
	}
	return err
}

// adopt remembers c until it is released.
func (e *Executor) adopt(c child) { e.children[c] = struct{}{} }

// dispose releases c now, unless Close has done so.
func (e *Executor) dispose(c child) {
	// Close may have ended the thread: then there is nothing left to release.
	_ = e.thread.do(context.Background(), func() error {
		if _, ok := e.children[c]; ok && !e.closed {
			delete(e.children, c)
			c.release()
		}
		return nil
	})
}

// kernels returns the pipelines of ks, compiling those that no program has needed yet.
func (e *Executor) kernels(ctx context.Context, ks []shaders.Kernel) ([]*pipeline, error) {
	var missing []shaders.Kernel
	seen := map[shaders.Kernel]bool{}
	for _, k := range ks {
		if e.pipelines[k] == nil && !seen[k] {
			seen[k] = true
			missing = append(missing, k)
		}
	}
	made, err := e.dev.newPipelines(ctx, missing)
	if err != nil {
		return nil, err
	}
	for i, k := range missing {
		e.pipelines[k] = made[i]
	}
	all := make([]*pipeline, len(ks))
	for i, k := range ks {
		all[i] = e.pipelines[k]
	}
	return all, nil
}

// probed has the device compute the first of the self-test's cases.
func (o Options) probed(ctx context.Context, e *Executor) error {
	if o.probe != nil {
		if err := o.probe(e.info); err != nil {
			return err
		}
	}
	if c := e.check(ctx, firstTest); c.Err != nil {
		return fmt.Errorf("gpu: %s cannot be used: %s: %w", e.info.Name, c.Name, c.Err)
	}
	return nil
}
