package gpu

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gogpu/gputypes"
	"github.com/gogpu/wgpu"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/lowering"
	"github.com/webmunit/webmunit/shaders"
)

// Handles that the rest of the package passes around without looking inside: gogpu's names occur in device*.go only.
type (
	buffer    = wgpu.Buffer
	bindGroup = wgpu.BindGroup
)

const (
	// stagingBytes bounds the host's side of a transfer; more goes in pieces of that size.
	stagingBytes = 4 << 20
	// bufferAlign is the size of the largest element that a kernel binds (vec4<f32>): a binding must hold one.
	bufferAlign = 16
	// dimsAlign is the alignment of a uniform binding's offset that every adapter supports.
	dimsAlign = 256
	// maxInFlight bounds the submits that the GPU has not finished, so that cancelling means something and no queue grows.
	maxInFlight = 3
)

// device is all that this package asks of WebGPU. Its methods must be called on the GPU's goroutine; only loss and kill may be used from
// anywhere. Compiling, waiting and hearing of errors differ between platforms: device_native.go and device_js.go.
type device struct {
	instance *wgpu.Instance
	adapter  *wgpu.Adapter
	dev      *wgpu.Device
	queue    *wgpu.Queue
	info     graph.Info
	limits   wgpu.Limits
	loss     *loss

	write, read staging
	inFlight    []fence
	copied      bool           // since the host last waited
	usage       lowering.Usage // which may be asked from anywhere
	purposes    map[*buffer]lowering.Purpose
	made        int // buffers ever made, for the test that a run makes none
	platform
}

// staging is a buffer on the host's side of a transfer, kept for the next.
type staging struct {
	buf     *buffer
	pending *wgpu.MapPending // of a write buffer: it is mapped again as soon as the GPU has read it
}

// pipeline is a compiled kernel with all that it is made of. Both layouts live as long as it does: gogpu keeps the driver's handle of the
// pipeline layout, and binds groups by it in each dispatch.
type pipeline struct {
	module  *wgpu.ShaderModule
	groups  *wgpu.BindGroupLayout
	layout  *wgpu.PipelineLayout
	compute *wgpu.ComputePipeline
}

// release takes what is there, so that it also serves where making the pipeline failed half way.
func (p *pipeline) release() {
	if p.compute != nil {
		p.compute.Release()
	}
	if p.layout != nil {
		p.layout.Release()
	}
	if p.groups != nil {
		p.groups.Release()
	}
	if p.module != nil {
		p.module.Release()
	}
}

// binding is a range of a buffer; size 0 means all of it.
type binding struct {
	buf          *buffer
	offset, size int64
}

// dispatch is one command of a submit.
type dispatch struct {
	pipe   *pipeline
	group  *bindGroup
	groups [3]uint32
}

// copyOp copies bytes between two buffers.
type copyOp struct {
	src, dst       *buffer
	srcOff, dstOff int64
	size           int64
}

// part is data on its way to the start of a buffer; its length is a multiple of 4.
type part struct {
	dst  *buffer
	data []byte
}

// loss is set once, when the device is gone, and remembers why.
type loss struct {
	once   sync.Once
	gone   chan struct{}
	reason string
}

func newLoss() *loss { return &loss{gone: make(chan struct{})} }

func (l *loss) set(reason string) {
	l.once.Do(func() {
		l.reason = reason
		close(l.gone)
	})
}

// err is nil as long as the device is there.
func (l *loss) err() error {
	select {
	case <-l.gone:
		return fmt.Errorf("gpu: %w: %s", graph.ErrDeviceLost, l.reason)
	default:
		return nil
	}
}

// openDevice makes the device of an adapter, with lowered limits, and takes over both the adapter and its instance.
func openDevice(instance *wgpu.Instance, a candidate, l Limits) (*device, error) {
	limits := l.lower(requiredLimits(a.adapter.Limits()))
	dev, err := a.adapter.RequestDevice(&wgpu.DeviceDescriptor{Label: "webmunit", RequiredLimits: limits})
	if err != nil {
		a.adapter.Release()
		instance.Release()
		return nil, fmt.Errorf("gpu: cannot open %s: %w", a.info.Name, err)
	}
	d := &device{instance: instance, adapter: a.adapter, dev: dev, queue: dev.Queue(), info: a.info, limits: l.lower(dev.Limits()), loss: newLoss(),
		purposes: map[*buffer]lowering.Purpose{}}
	d.watch()
	return d, nil
}

// largest is how many bytes a buffer can have that a kernel binds whole.
func (d *device) largest() int64 {
	return int64(min(d.limits.MaxBufferSize, d.limits.MaxStorageBufferBindingSize))
}

// newBuffer allocates memory for kernels to read and write.
func (d *device) newBuffer(p lowering.Purpose, label string, bytes int64) (*buffer, error) {
	return d.create(p, label, bytes, wgpu.BufferUsageStorage|wgpu.BufferUsageCopySrc|wgpu.BufferUsageCopyDst, false)
}

// newUniform allocates memory for the dims of kernels.
func (d *device) newUniform(label string, bytes int64) (*buffer, error) {
	return d.create(lowering.ForActivations, label, bytes, wgpu.BufferUsageUniform|wgpu.BufferUsageCopyDst, false)
}

// allocated is the size of the buffer that create makes for so many bytes.
func allocated(bytes int64) int64 { return max(roundUp(bytes, bufferAlign), bufferAlign) }

func (d *device) create(p lowering.Purpose, label string, bytes int64, usage wgpu.BufferUsage, mapped bool) (*buffer, error) {
	bytes = allocated(bytes)
	// gogpu checks neither natively against what the driver can bind nor in the browser against anything.
	if most := d.largest(); bytes > most {
		return nil, fmt.Errorf("gpu: %s needs %s in one piece and %s has at most %s (maxBufferSize, maxStorageBufferBindingSize): use a smaller image or the CPU",
			label, mebibytes(bytes), d.info.Name, mebibytes(most))
	}
	b, err := d.dev.CreateBuffer(&wgpu.BufferDescriptor{Label: label, Size: uint64(bytes), Usage: usage, MappedAtCreation: mapped})
	if err != nil {
		return nil, fmt.Errorf("gpu: cannot allocate %s for %s: %w", mebibytes(bytes), label, err)
	}
	d.made++
	d.usage.Add(p, int64(b.Size()))
	d.purposes[b] = p
	return b, nil
}

// newPipeline makes all of a pipeline but what compiles it, which differs between platforms. What is made before an error is released.
func (d *device) newPipeline(k shaders.Kernel) (p *pipeline, err error) {
	if err := d.allows(k); err != nil {
		return nil, err
	}
	access := k.Bindings()
	entries := make([]wgpu.BindGroupLayoutEntry, 0, len(access)+1)
	add := func(kind gputypes.BufferBindingType) {
		entries = append(entries, wgpu.BindGroupLayoutEntry{Binding: uint32(len(entries)), Visibility: wgpu.ShaderStageCompute,
			Buffer: &gputypes.BufferBindingLayout{Type: kind}})
	}
	for _, a := range access {
		if a == shaders.Read {
			add(gputypes.BufferBindingTypeReadOnlyStorage)
		} else {
			add(gputypes.BufferBindingTypeStorage)
		}
	}
	add(gputypes.BufferBindingTypeUniform)
	p = &pipeline{}
	defer func() {
		if err != nil {
			p.release()
			p = nil
		}
	}()
	if p.module, err = d.dev.CreateShaderModule(&wgpu.ShaderModuleDescriptor{Label: k.Label(), WGSL: k.Source()}); err != nil {
		return p, err
	}
	if p.groups, err = d.dev.CreateBindGroupLayout(&wgpu.BindGroupLayoutDescriptor{Label: k.Label(), Entries: entries}); err != nil {
		return p, err
	}
	p.layout, err = d.dev.CreatePipelineLayout(&wgpu.PipelineLayoutDescriptor{Label: k.Label(), BindGroupLayouts: []*wgpu.BindGroupLayout{p.groups}})
	return p, err
}

func kernelError(k shaders.Kernel, err error) error {
	var lack lackError
	if errors.As(err, &lack) {
		return fmt.Errorf("gpu: %w", err)
	}
	return fmt.Errorf("gpu: kernel %s %w: %w", k.Label(), ErrCompile, err)
}

// bind makes the bind group of a dispatch: bindings 0, 1, ... of group 0.
func (d *device) bind(label string, p *pipeline, bs []binding) (*bindGroup, error) {
	entries := make([]wgpu.BindGroupEntry, len(bs))
	for i, b := range bs {
		size := b.size
		if size == 0 {
			size = int64(b.buf.Size()) - b.offset
		}
		entries[i] = wgpu.BindGroupEntry{Binding: uint32(i), Buffer: b.buf, Offset: uint64(b.offset), Size: uint64(size)}
	}
	return d.dev.CreateBindGroup(&wgpu.BindGroupDescriptor{Label: label, Layout: p.groups, Entries: entries})
}

// submit starts ds in order, each seeing what those before it wrote. It waits only when the GPU is maxInFlight submits behind.
func (d *device) submit(ctx context.Context, ds []dispatch) error {
	if len(d.inFlight) == maxInFlight {
		if err := d.wait(ctx, d.inFlight[0]); err != nil {
			return err
		}
		d.inFlight = append(d.inFlight[:0], d.inFlight[1:]...)
	}
	if err := d.order(ctx); err != nil {
		return err
	}
	enc, err := d.dev.CreateCommandEncoder(nil)
	if err != nil {
		return err
	}
	pass, err := enc.BeginComputePass(nil)
	if err != nil {
		enc.DiscardEncoding()
		return err
	}
	for _, s := range ds {
		pass.SetPipeline(s.pipe.compute) // before the bind group: natively the other order loses it silently
		pass.SetBindGroup(0, s.group, nil)
		pass.Dispatch(s.groups[0], s.groups[1], s.groups[2])
	}
	if err := pass.End(); err != nil {
		enc.DiscardEncoding()
		return err
	}
	if err := d.finish(enc); err != nil {
		return err
	}
	d.inFlight = append(d.inFlight, d.newFence())
	return nil
}

// settle returns when all that was submitted is done, with what went wrong.
func (d *device) settle(ctx context.Context) error {
	if n := len(d.inFlight); n > 0 {
		if err := d.wait(ctx, d.inFlight[n-1]); err != nil {
			return err
		}
		d.inFlight = d.inFlight[:0]
	}
	return d.judged(ctx)
}

// copies runs ops, which do not depend on each other, in a submit of their own. What is submitted next is ordered behind them (order), as no
// dispatch in the same encoder would be natively.
func (d *device) copies(ctx context.Context, ops []copyOp) error {
	if err := d.order(ctx); err != nil {
		return err
	}
	enc, err := d.dev.CreateCommandEncoder(nil)
	if err != nil {
		return err
	}
	for _, c := range ops {
		enc.CopyBufferToBuffer(c.src, uint64(c.srcOff), c.dst, uint64(c.dstOff), uint64(c.size))
	}
	d.copied = true
	return d.finish(enc)
}

func (d *device) finish(enc *wgpu.CommandEncoder) error {
	cb, err := enc.Finish()
	if err != nil {
		return err
	}
	_, err = d.queue.Submit(cb)
	return err
}

// close releases what the device made for itself, then the device. Everything else must have been released before.
func (d *device) close() {
	d.drop(&d.write)
	d.drop(&d.read)
	d.dev.Release()
	d.awaitEnd()
	d.adapter.Release()
	d.instance.Release()
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
