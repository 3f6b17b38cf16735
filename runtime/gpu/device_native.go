//go:build !(js && wasm)

package gpu

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gogpu/gputypes"
	"github.com/gogpu/wgpu"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// platform is what a device needs besides gogpu's objects: natively nothing, since every call returns its own errors.
type platform struct{}

// fence is the index of a submission.
type fence uint64

// newInstance leaves OpenGL out: without a surface gogpu lists adapters of it that cannot be opened.
func newInstance() (*wgpu.Instance, error) {
	return wgpu.CreateInstance(&wgpu.InstanceDescriptor{Backends: wgpu.BackendsMetal | wgpu.BackendsDX12 | wgpu.BackendsVulkan})
}

// usable refuses the interpreter that gogpu falls back to: it computes barriers wrongly.
func usable(a *wgpu.Adapter) bool { return a.Info().Backend != gputypes.BackendEmpty }

func describe(a *wgpu.Adapter) (info graph.Info) {
	i := a.Info()
	info.Kind, info.Name, info.Backend = "gpu", i.Name, i.Backend.String()
	info.Software = i.DeviceType == gputypes.DeviceTypeCPU || softwareName(i.Name)
	info.Details = append([]string{"type " + i.DeviceType.String(), strings.TrimSpace("driver " + i.Driver + " " + i.DriverInfo)}, limitDetails(a.Limits())...)
	info.Details = append(info.Details, "features "+strings.Join(featureNames(a.Features()), ", "))
	return info
}

// featureNames lists what is set; gogpu does not report all that a driver has.
func featureNames(set wgpu.Features) []string {
	names := []string{}
	for f := gputypes.Feature(1); f != 0 && uint64(f) <= uint64(set); f <<= 1 {
		if set.Contains(f) {
			names = append(names, f.String())
		}
	}
	return names
}

// requiredLimits are the adapter's own. On Vulkan gogpu gives buffers WebGPU's minimum without asking the driver, so we ask for as much as
// one binding may hold; a driver that has less fails to allocate.
func requiredLimits(l wgpu.Limits) wgpu.Limits {
	l.MaxBufferSize = max(l.MaxBufferSize, l.MaxStorageBufferBindingSize)
	return l
}

// packed: gogpu switches on none of the optional features of Vulkan, this one included (docs/upstream.md).
func (platform) packed() bool { return false }

// watch has nothing to listen to and awaitEnd nothing to wait for: natively there are no events.
func (platform) watch()    {}
func (platform) awaitEnd() {}

// kill simulates the loss of the device: the drivers behind gogpu offer no way to cause one.
func (d *device) kill() { d.loss.set("it was destroyed") }

// takeError returns what went wrong since the last call.
func (platform) takeError() error { return nil }

// noticeLoss looks whether err means that the device is lost. gogpu keeps VK_ERROR_DEVICE_LOST as a number in the text of most errors.
func (d *device) noticeLoss(err error) {
	if err == nil {
		return
	}
	text := err.Error()
	if errors.Is(err, wgpu.ErrDeviceLost) || errors.Is(err, wgpu.ErrMapDeviceLost) || strings.Contains(text, "vulkan: ") && strings.HasSuffix(text, " failed: -4") {
		d.loss.set(text)
	}
}

// scoped runs f, which makes objects on the device, and returns its error.
func (platform) scoped(_ context.Context, _ string, f func() error) error { return f() }

// watched runs f, which submits work, and judged returns what went wrong later.
func (platform) watched(f func() error) error { return f() }
func (platform) judged(context.Context) error { return nil }

// newPipelines compiles kernels.
func (d *device) newPipelines(ctx context.Context, ks []shaders.Kernel) ([]*pipeline, error) {
	made := make([]*pipeline, 0, len(ks))
	for _, k := range ks {
		err := ctx.Err()
		if err == nil {
			var p *pipeline
			if p, err = d.compiled(k); err == nil {
				made = append(made, p)
				continue
			}
			err = kernelError(k, err)
		}
		for _, p := range made {
			p.release()
		}
		return nil, err
	}
	return made, nil
}

func (d *device) compiled(k shaders.Kernel) (*pipeline, error) {
	p, err := d.newPipeline(k)
	if err != nil {
		return nil, err
	}
	p.compute, err = d.dev.CreateComputePipeline(&wgpu.ComputePipelineDescriptor{Label: k.Label(), Layout: p.layout, Module: p.module, EntryPoint: "main"})
	if err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

func (d *device) newFence() fence { return fence(d.queue.LastSubmissionIndex()) }

// wait returns when the GPU has done the submission.
func (d *device) wait(ctx context.Context, f fence) error {
	return d.poll(ctx, func() (bool, error) { return d.queue.Poll() >= uint64(f), nil })
}

// order returns when the copies since the last call are done. gogpu puts no barrier behind a copy, and its submits wait for each other in a way
// that orders no memory, so a dispatch might read what was there before (docs/upstream.md). A wait on the host orders everything.
func (d *device) order(ctx context.Context) error {
	if !d.copied {
		return nil
	}
	if err := d.wait(ctx, d.newFence()); err != nil {
		return err
	}
	// The queue is idle now, so this does not block. It is what the Vulkan specification calls a wait: reading the counter of a semaphore is none.
	if err := d.dev.WaitIdle(); err != nil {
		return err
	}
	d.copied = false
	return nil
}

// awaitMap returns when a buffer is mapped. It polls, where Buffer.Map would call the driver from another goroutine.
func (d *device) awaitMap(ctx context.Context, p *wgpu.MapPending) error {
	defer p.Release()
	return d.poll(ctx, func() (bool, error) {
		d.dev.Poll(wgpu.PollPoll)
		return p.Status()
	})
}

// patience is how long poll asks before it makes the driver wait, which alone tells of a lost device.
const patience = 2 * time.Second

// poll asks done, ever less often, until it says yes, ctx ends or the device is lost.
func (d *device) poll(ctx context.Context, done func() (bool, error)) error {
	for start := time.Now(); ; {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.loss.err(); err != nil {
			return err
		}
		waited := time.Since(start)
		if waited > patience {
			if err := d.dev.WaitIdle(); err != nil {
				d.loss.set(err.Error())
			}
			continue
		}
		time.Sleep(max(20*time.Microsecond, min(waited/64, time.Millisecond))) // so that a time measured is a 64th too long at most
	}
}

// exception returns the error behind a panic that is none of Go's: there are none natively.
func exception(any) error { return nil }
