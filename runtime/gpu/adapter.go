package gpu

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/gogpu/wgpu"

	"github.com/webmunit/webmunit/runtime/graph"
)

// ErrNoGPU is wrapped by the errors of Open and Adapters where WebGPU has no adapter, or none of the name asked for.
var ErrNoGPU = errors.New("no GPU")

// ErrCompile is wrapped by the errors of kernels that the driver, or the browser, cannot compile.
var ErrCompile = errors.New("does not compile")

// Power says which of several GPUs is preferred; it is a wish.
type Power uint8

// Preferences between a GPU on the processor and one on a card.
const (
	PowerDefault Power = iota
	PowerLow
	PowerHigh
)

func (p Power) preference() wgpu.PowerPreference {
	switch p {
	case PowerLow:
		return wgpu.PowerPreferenceLowPower
	case PowerHigh:
		return wgpu.PowerPreferenceHighPerformance
	}
	return wgpu.PowerPreferenceNone
}

// ErrEmulated is wrapped by the error of Open where Options.Real is set and the CPU emulates all GPUs that there are.
var ErrEmulated = errors.New("is emulated by the CPU")

// Options choose an adapter, and how to compute on it.
type Options struct {
	Power   Power
	Name    string // part of the adapter's name, in any case; empty for the best
	Store   Store  // remembers what Tune measured; nil: nothing does
	Lossy   bool   // allows variants that round more than float32 does (Tolerance)
	Variant string // of VariantNames: computes so each Conv that it fits; empty lets the executor choose
	Limits  Limits // lower those of the device; for tests of what smaller ones do
	Real    bool   // refuse GPUs that are emulated by the CPU, before any time is spent on them

	probe func(graph.Info) error // of tests: refuses devices
}

// Adapters lists the GPUs that Open can choose from, best first: those emulated by the CPU (Info.Software) come last.
// An empty list comes with an error that wraps ErrNoGPU.
func Adapters(ctx context.Context) ([]graph.Info, error) {
	t := newThread()
	defer t.stop()
	var infos []graph.Info
	err := t.do(ctx, func() error {
		instance, all, err := find(Options{})
		if err != nil {
			return err
		}
		defer instance.Release()
		for _, c := range all {
			infos = append(infos, c.info)
			c.adapter.Release()
		}
		return nil
	})
	return infos, err
}

// candidate is an adapter that a device may be made of.
type candidate struct {
	adapter *wgpu.Adapter
	info    graph.Info
}

// find lists the adapters that fit o, best first, and the instance that they belong to, or says why there is none.
// It must be called on the GPU's goroutine.
func find(o Options) (*wgpu.Instance, []candidate, error) {
	instance, err := newInstance()
	if err != nil {
		return nil, nil, fmt.Errorf("gpu: %w: %s", ErrNoGPU, noGPUHint)
	}
	all := candidates(instance, o.Power)
	var fit []candidate
	var names, emulated []string
	for _, c := range all {
		names = append(names, c.info.Name)
		switch {
		case !strings.Contains(strings.ToLower(c.info.Name), strings.ToLower(o.Name)):
			c.adapter.Release()
		case o.Real && c.info.Software:
			emulated = append(emulated, c.info.Name)
			c.adapter.Release()
		default:
			fit = append(fit, c)
		}
	}
	switch {
	case len(fit) == 0 && len(emulated) > 0:
		err = fmt.Errorf("the only GPU, %s, %w", strings.Join(emulated, ", "), ErrEmulated)
	case len(fit) > 0:
		return instance, fit, nil
	case len(all) > 0:
		err = fmt.Errorf("gpu: %w is called %q; there is %s", ErrNoGPU, o.Name, strings.Join(names, ", "))
	default:
		err = fmt.Errorf("gpu: %w: %s", ErrNoGPU, noGPUHint)
	}
	instance.Release()
	return nil, nil, err
}

// candidates lists the adapters, the best first and software adapters last. gogpu's public API has no list of them, as browsers have none:
// it hands out one for each wish (docs/upstream.md).
func candidates(instance *wgpu.Instance, p Power) []candidate {
	var all []candidate
	for _, wish := range []wgpu.RequestAdapterOptions{
		{PowerPreference: p.preference()},
		{PowerPreference: wgpu.PowerPreferenceHighPerformance},
		{PowerPreference: wgpu.PowerPreferenceLowPower},
		{ForceFallbackAdapter: true},
	} {
		adapter, err := instance.RequestAdapter(&wish)
		if err != nil {
			continue
		}
		c := candidate{adapter: adapter, info: describe(adapter)}
		if !usable(adapter) || known(all, c.info) {
			adapter.Release()
			continue
		}
		all = append(all, c)
	}
	return sorted(all)
}

// sorted puts software adapters last and leaves the order as it is otherwise.
func sorted(all []candidate) []candidate {
	var real, software []candidate
	for _, c := range all {
		if c.info.Software {
			software = append(software, c)
		} else {
			real = append(real, c)
		}
	}
	return append(real, software...)
}

func known(all []candidate, info graph.Info) bool {
	return slices.ContainsFunc(all, func(c candidate) bool { return reflect.DeepEqual(c.info, info) })
}

// softwareName recognises emulated GPUs that do not say so themselves.
func softwareName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"llvmpipe", "lavapipe", "swiftshader", "microsoft basic render"}, func(s string) bool {
		return strings.Contains(name, s)
	})
}

func limitDetails(l wgpu.Limits) []string {
	return []string{
		"buffers up to " + mebibytes(int64(l.MaxBufferSize)) + ", bindings up to " + mebibytes(int64(l.MaxStorageBufferBindingSize)),
		fmt.Sprintf("%d storage buffers a kernel", l.MaxStorageBuffersPerShaderStage),
		fmt.Sprintf("workgroups up to %d invocations and %d bytes", l.MaxComputeInvocationsPerWorkgroup, l.MaxComputeWorkgroupStorageSize),
	}
}
