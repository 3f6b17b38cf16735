package runtime

import (
	"context"
	"errors"
	"fmt"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
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
	Threads int  // of the CPU; 0: all
	Team    Team // whoever computes with the CPU of this program; nil: nobody

	// Tune has a Translator measure, behind its calls, how a GPU computes each convolution fastest, and go on with that. Pictures then differ by
	// rounding from those before.
	Tune  bool
	Store Store // where Tune remembers what it found; nil: nowhere. Without Tune it is not used

	// Changed is called when Translator.Device or Tuned may say something else than before; nil: nobody asks. It must not call the Translator.
	Changed func()
}

// Store keeps what Tune measured from one run of a program to the next. Its methods are not called at the same time.
type Store interface {
	// Load gives what was saved under key, 32 hexadecimal digits, or nil if there is nothing.
	Load(key string) ([]byte, error)
	// Save replaces what is there under key. Other programs may do so too: the last one wins.
	Save(key string, data []byte) error
}

// Info describes a device to people and to reports.
type Info = graph.Info

// Usage counts what is held on a device, in bytes as allocated.
type Usage = graph.Usage

// gpu are the options for a GPU.
func (o Options) gpu() gpu.Options {
	g := gpu.Options{Real: o.Device == DeviceAuto}
	if o.Tune {
		g.Store = o.Store
	}
	return g
}

// Opening is a device on its way.
type Opening struct {
	options Options
	done    chan struct{} // closed when the rest is there
	exec    graph.Executor
	reason  string
	err     error
}

// Begin starts to open the device that o asks for and returns at once, so that the model can be fetched and read meanwhile. Its errors are
// Opening.Load's.
func Begin(ctx context.Context, o Options) *Opening {
	b := &Opening{options: o, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		b.exec, b.reason, b.err = Open(ctx, o)
	}()
	return b
}

// Load waits for the device and prepares m for it. It may be called once.
func (b *Opening) Load(ctx context.Context, m *weights.Model) (*Translator, error) {
	<-b.done // opening ends with the ctx of Begin
	if b.err != nil {
		return nil, b.err
	}
	if err := check(m); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	t := &Translator{model: m, options: b.options, turn: make(chan struct{}, 1), tuneDelay: tuneDelay, tuneBudget: gpu.DefaultTuneBudget}
	t.adopt(newSession(m, b.exec, b.reason, b.options.Team))
	t.turn <- struct{}{}
	return t, nil
}

// check refuses models that were made by hand and are none: the networks are written after the config.
func check(m *weights.Model) error {
	if m == nil {
		return errors.New("there is no model")
	}
	if err := m.Config.Validate(); err != nil {
		return fmt.Errorf("the model: %w", err)
	}
	return nil
}

// Close closes the device of an Opening that Load is not called on after all.
func (b *Opening) Close() error {
	<-b.done
	if b.exec == nil {
		return nil
	}
	return b.exec.Close()
}

// Open opens an executor, for those who compile graphs of their own, and says why it is what it is if the choice was ours.
func Open(ctx context.Context, o Options) (e graph.Executor, reason string, err error) {
	if o.Device == DeviceCPU {
		return newCPU(o), "", nil
	}
	g, err := gpu.Open(ctx, o.gpu())
	if o.Device == DeviceGPU {
		if err != nil {
			return nil, "", err
		}
		return g, "", nil
	}
	switch {
	case err == nil:
		if reason = failure(ctx, g); reason == "" {
			return g, "a GPU is there", nil
		}
		g.Close()
	case ctx.Err() != nil:
		return nil, "", err
	case errors.Is(err, gpu.ErrEmulated):
		reason = err.Error()
	case errors.Is(err, gpu.ErrNoGPU):
		reason = "there is no GPU"
	default:
		reason = "the GPU could not be opened: " + err.Error()
	}
	return newCPU(o), reason, nil
}

// failure says what g does wrong, or "".
func failure(ctx context.Context, g *gpu.Executor) string {
	for _, c := range g.SelfTest(ctx) {
		if c.Err != nil {
			return fmt.Sprintf("the GPU failed its self-test %s: %v", c.Name, c.Err)
		}
	}
	return ""
}

func newCPU(o Options) graph.Executor {
	c := cpu.Options{Threads: o.Threads}
	if o.Team != nil {
		c.Team = o.Team
	}
	return cpu.New(c)
}
