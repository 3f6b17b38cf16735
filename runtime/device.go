package runtime

import (
	"context"
	"errors"
	"fmt"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// Device says what is to compute.
type Device string

// Devices. A GPU emulated by the CPU (llvmpipe, SwiftShader) is right but slower than our own CPU code, so auto passes it over.
const (
	DeviceAuto Device = "auto" // a real GPU if there is one, else the CPU
	DeviceGPU  Device = "gpu"  // any GPU, an emulated one too
	DeviceCPU  Device = "cpu"
)

// ParseDevice maps a flag's or option's value to a Device; "" is auto.
func ParseDevice(s string) (Device, error) {
	switch d := Device(s); d {
	case "":
		return DeviceAuto, nil
	case DeviceAuto, DeviceGPU, DeviceCPU:
		return d, nil
	}
	return "", fmt.Errorf("device %q is not one of auto, gpu, cpu", s)
}

// Options are Load's and Open's.
type Options struct {
	Device  Device
	Threads int // of the CPU; 0: all
}

// Open opens an executor, for those who compile graphs of their own, and says why it is what it is if the choice was ours.
func Open(ctx context.Context, o Options) (e graph.Executor, reason string, err error) {
	if o.Device == DeviceCPU {
		return cpu.New(cpu.Options{Threads: o.Threads}), "", nil
	}
	g, err := gpu.Open(ctx, gpu.Options{})
	if o.Device == DeviceGPU {
		if err != nil {
			return nil, "", err
		}
		return g, "", nil
	}
	if err == nil {
		if reason = passOver(ctx, g); reason == "" {
			return g, "a GPU is there", nil
		}
		g.Close()
	} else if ctx.Err() != nil {
		return nil, "", err
	} else if errors.Is(err, gpu.ErrNoGPU) {
		reason = "there is no GPU"
	} else {
		reason = "the GPU could not be opened: " + err.Error()
	}
	return cpu.New(cpu.Options{Threads: o.Threads}), reason, nil
}

// passOver says why auto should not take g, or "".
func passOver(ctx context.Context, g *gpu.Executor) string {
	if info := g.Info(); info.Software {
		return fmt.Sprintf("the only GPU, %s, is emulated by the CPU", info.Name)
	}
	for _, c := range g.SelfTest(ctx) {
		if c.Err != nil {
			return fmt.Sprintf("the GPU failed its self-test %s: %v", c.Name, c.Err)
		}
	}
	return ""
}
