package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// Device is what our native code computes on: the CPU or a GPU.
type Device struct {
	graph.Info
	threads int // of the CPU
}

// CPU is this machine's processor with so many threads.
func CPU(threads int) Device {
	e := cpu.New(cpu.Options{Threads: threads})
	defer e.Close()
	return Device{Info: e.Info(), threads: threads}
}

// GPUs lists the adapters that WebGPU finds, best first. None is no error.
func GPUs(ctx context.Context) ([]Device, error) {
	infos, err := gpu.Adapters(ctx)
	if err != nil && !errors.Is(err, gpu.ErrNoGPU) {
		return nil, fmt.Errorf("the GPUs cannot be listed: %w", err)
	}
	var all []Device
	for _, info := range infos {
		all = append(all, Device{Info: info})
	}
	return all, nil
}

// isCPU tells the processor from a GPU, be it one that the processor emulates.
func (d Device) isCPU() bool { return d.Kind == "cpu" }

// Label names the device in tables. A GPU's name is cut where drivers begin to tell of themselves in brackets.
func (d Device) Label() string {
	if d.isCPU() {
		return "CPU"
	}
	name, _, _ := strings.Cut(d.Name, " (")
	return name
}

// row names the device as a contender.
func (d Device) row() string { return "webmunit, " + d.Label() }

// Open opens the device.
func (d Device) Open(ctx context.Context) (graph.Executor, error) {
	if d.isCPU() {
		return cpu.New(cpu.Options{Threads: d.threads}), nil
	}
	return gpu.Open(ctx, gpu.Options{Name: d.Name})
}

// peakTime is how long a peak is measured, before the layers and again after them: a machine's best moment may be either.
const peakTime = 200 * time.Millisecond

// peak is what the device can multiply and add at best, in operations a second. e is the device, opened.
func (d Device) peak(ctx context.Context, e graph.Executor) (flops float64, err error) {
	if g, ok := e.(*gpu.Executor); ok {
		return g.Peak(ctx, peakTime)
	}
	return cpu.Peak(peakTime, d.threads), ctx.Err()
}
