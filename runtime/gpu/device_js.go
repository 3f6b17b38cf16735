//go:build js && wasm

package gpu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall/js"
	"time"

	"github.com/gogpu/wgpu"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// noGPUHint says what to do where there is no adapter.
const noGPUHint = "use a browser with WebGPU, on a page served over https or from localhost, or use the CPU"

// platform is what gogpu keeps from us of a GPUDevice.
type platform struct {
	raw      js.Value
	uncaught error         // the first uncapturederror, or verdict on a run, since takeError
	unjudged int           // runs whose verdict is out
	news     chan struct{} // a verdict has come
	ended    chan struct{} // closed by the device's last event
}

// fence is closed when the GPU has done what was submitted before it.
type fence chan struct{}

func newInstance() (*wgpu.Instance, error) { return wgpu.CreateInstance(nil) }

// usable has nothing to refuse: browsers offer what computes correctly.
func usable(*wgpu.Adapter) bool { return true }

func describe(a *wgpu.Adapter) graph.Info {
	raw := rawOf(a)
	i := raw.Get("info")
	text := func(key string) string {
		if v := i.Get(key); v.Type() == js.TypeString {
			return v.String()
		}
		return ""
	}
	name := text("description")
	if name == "" {
		name = strings.TrimSpace(text("vendor") + " " + text("architecture"))
	}
	if name == "" {
		name = "unnamed GPU"
	}
	return graph.Info{
		Kind: "gpu", Name: name, Backend: "WebGPU",
		Software: i.Get("isFallbackAdapter").Truthy() || raw.Get("isFallbackAdapter").Truthy() || softwareName(name+" "+text("architecture")),
		Details: append([]string{"vendor " + text("vendor") + ", architecture " + text("architecture")}, append(limitDetails(a.Limits()),
			"features "+js.Global().Get("Array").Call("from", raw.Get("features")).Call("sort").Call("join", ", ").String())...),
	}
}

// requiredLimits raises what we use beyond WebGPU's defaults to what the adapter has.
func requiredLimits(l wgpu.Limits) wgpu.Limits {
	return wgpu.Limits{
		MaxBufferSize:                     l.MaxBufferSize,
		MaxStorageBufferBindingSize:       l.MaxStorageBufferBindingSize,
		MaxStorageBuffersPerShaderStage:   l.MaxStorageBuffersPerShaderStage,
		MaxComputeWorkgroupStorageSize:    l.MaxComputeWorkgroupStorageSize,
		MaxComputeInvocationsPerWorkgroup: l.MaxComputeInvocationsPerWorkgroup,
		MaxComputeWorkgroupSizeX:          l.MaxComputeWorkgroupSizeX,
		MaxComputeWorkgroupSizeY:          l.MaxComputeWorkgroupSizeY,
	}
}

// watch listens for the news that a GPUDevice gives by events only, until its end.
func (d *device) watch() {
	d.raw, d.news, d.ended = rawOf(d.dev), make(chan struct{}, 1), make(chan struct{})
	uncaught := js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault") // it becomes an error of ours, the console need not have it
		d.report(args[0].Get("error"))
		return nil
	})
	d.raw.Call("addEventListener", "uncapturederror", uncaught)
	var lost js.Func
	lost = js.FuncOf(func(_ js.Value, args []js.Value) any {
		d.loss.set(strings.TrimSpace(args[0].Get("reason").String() + " " + args[0].Get("message").String()))
		d.raw.Call("removeEventListener", "uncapturederror", uncaught)
		uncaught.Release()
		lost.Release()
		close(d.ended)
		return nil
	})
	d.raw.Get("lost").Call("then", lost)
}

// awaitEnd gives the events of a released device time to come, so that none finds a program that has exited.
func (d *device) awaitEnd() {
	select {
	case <-d.ended:
	case <-time.After(time.Second):
	}
}

// kill destroys the device, which is how a page would.
func (d *device) kill() {
	d.loss.set("it was destroyed")
	d.raw.Call("destroy")
}

// report keeps a GPUError, unless there is an earlier one.
func (d *device) report(gpuError js.Value) {
	if d.uncaught == nil {
		d.uncaught = errors.New("gpu: " + gpuError.Get("message").String())
	}
}

// takeError returns what went wrong since the last call and was reported to nobody.
func (d *device) takeError() error {
	err := d.uncaught
	d.uncaught = nil
	return err
}

// noticeLoss gives the lost promise, which tells of a loss, a moment to settle where the browser threw: objects of a device that is
// just lost do so at once.
func (d *device) noticeLoss(err error) {
	if _, thrown := errors.AsType[js.Error](err); !thrown {
		return
	}
	select {
	case <-d.loss.gone:
	case <-time.After(100 * time.Millisecond):
	}
}

// errorScopes are all kinds of error that a scope can catch.
var errorScopes = []string{"validation", "out-of-memory", "internal"}

// scoped runs f, which makes objects on the device, and returns its error or else what the browser says about them.
func (d *device) scoped(ctx context.Context, what string, f func() error) error {
	for _, s := range errorScopes {
		d.raw.Call("pushErrorScope", s)
	}
	err := guarded(f)
	found := make([]js.Value, len(errorScopes))
	for i := range found {
		found[i] = d.raw.Call("popErrorScope")
	}
	for _, promise := range found {
		v, failed := d.await(ctx, promise)
		if err == nil {
			err = failed
		}
		if err == nil && v.Truthy() {
			err = fmt.Errorf("gpu: %s: %s", what, v.Get("message").String())
		}
	}
	return err
}

// watched runs f, which submits work. What the browser has to say about it comes later; judged waits for that.
func (d *device) watched(f func() error) error {
	d.raw.Call("pushErrorScope", "validation")
	err := guarded(f)
	d.unjudged++
	var verdict js.Func
	verdict = js.FuncOf(func(_ js.Value, args []js.Value) any {
		verdict.Release()
		d.unjudged--
		if len(args) > 0 && args[0].InstanceOf(js.Global().Get("GPUError")) {
			d.report(args[0])
		}
		select {
		case d.news <- struct{}{}:
		default:
		}
		return nil
	})
	d.raw.Call("popErrorScope").Call("then", verdict, verdict)
	return err
}

// judged returns what went wrong in the runs so far. uncapturederror would not do: its event may come after the result has been read.
func (d *device) judged(ctx context.Context) error {
	for d.unjudged > 0 {
		select {
		case <-d.news:
		case <-ctx.Done():
			return ctx.Err()
		case <-d.loss.gone:
			return d.loss.err()
		}
	}
	return d.takeError()
}

// packed reports whether the browser's WGSL has packed_4x8_integer_dot_product.
func (platform) packed() bool {
	features := js.Global().Get("navigator").Get("gpu").Get("wgslLanguageFeatures")
	return features.Truthy() && features.Call("has", "packed_4x8_integer_dot_product").Bool()
}

// newPipelines compiles kernels, all at once.
func (d *device) newPipelines(ctx context.Context, ks []shaders.Kernel) ([]*pipeline, error) {
	made := make([]*pipeline, len(ks))
	scopes, pipes := make([]js.Value, len(ks)), make([]js.Value, len(ks))
	for i, k := range ks {
		d.raw.Call("pushErrorScope", "validation") // says more about WGSL than the pipeline's promise
		p, err := d.newPipeline(k)
		if err == nil {
			compute := js.ValueOf(map[string]any{"entryPoint": "main"})
			compute.Set("module", rawOf(p.module))
			desc := js.ValueOf(map[string]any{"label": k.Label()})
			desc.Set("layout", rawOf(p.layout))
			desc.Set("compute", compute)
			pipes[i] = d.raw.Call("createComputePipelineAsync", desc)
		}
		scopes[i] = d.raw.Call("popErrorScope")
		if err != nil {
			return nil, kernelError(k, err)
		}
		made[i] = p
	}
	var failed error
	for i, k := range ks { // all, even after an error: a rejected promise that nobody awaits is an event of the page
		problem, err := d.await(ctx, scopes[i])
		if err == nil && problem.Truthy() {
			err = errors.New(problem.Get("message").String())
		}
		pipe, rejected := d.await(ctx, pipes[i])
		if err == nil {
			err = rejected
		}
		if err != nil && failed == nil {
			failed = kernelError(k, err)
		}
		if err == nil {
			made[i].compute = wrapPipeline(pipe)
		}
	}
	if failed != nil {
		return nil, failed
	}
	return made, nil
}

func (d *device) newFence() fence {
	f := make(fence)
	var done js.Func
	done = js.FuncOf(func(js.Value, []js.Value) any {
		close(f)
		done.Release()
		return nil
	})
	d.raw.Get("queue").Call("onSubmittedWorkDone").Call("then", done, done)
	return f
}

// wait returns when the GPU has done the submission.
func (d *device) wait(ctx context.Context, f fence) error {
	select {
	case <-f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-d.loss.gone:
		return d.loss.err()
	}
}

// order has nothing to do: WebGPU orders all that is submitted.
func (d *device) order(context.Context) error { return nil }

// awaitMap returns when a buffer is mapped, which after a loss may be never.
func (d *device) awaitMap(ctx context.Context, p *wgpu.MapPending) error {
	done := make(chan error, 1)
	go func() { done <- p.Wait(ctx) }()
	select {
	case err := <-done:
		return d.explained(ctx, err)
	case <-d.loss.gone:
		return d.loss.err()
	}
}

// explained gives the news of a loss, which a failed map may outrun, a moment to arrive.
func (d *device) explained(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	select {
	case <-d.loss.gone:
		return d.loss.err()
	case <-time.After(100 * time.Millisecond):
	}
	if late := d.takeError(); late != nil {
		return late // why the buffer was not mapped
	}
	return err
}

// await waits for a promise.
func (d *device) await(ctx context.Context, promise js.Value) (js.Value, error) {
	type settled struct {
		value js.Value
		err   error
	}
	done := make(chan settled, 1)
	var resolved, rejected js.Func
	release := func() {
		resolved.Release()
		rejected.Release()
	}
	resolved = js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{value: args[0]}
		release()
		return nil
	})
	rejected = js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{err: errors.New(args[0].Get("message").String())}
		release()
		return nil
	})
	promise.Call("then", resolved, rejected)
	select {
	case s := <-done:
		return s.value, d.explained(ctx, s.err)
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	case <-d.loss.gone:
		return js.Undefined(), d.loss.err()
	}
}

// exception returns the error behind a panic that is none of Go's but an exception of JavaScript.
func exception(recovered any) error {
	if err, ok := recovered.(js.Error); ok {
		return fmt.Errorf("gpu: the browser refused: %w", err)
	}
	return nil
}
