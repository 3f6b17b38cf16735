package runtime_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/needs"
)

// Whatever GPU a machine has, auto opens a real one or computes on the CPU and says why.
func TestAutoSaysWhy(t *testing.T) {
	needs.GPU(t)
	gpus, err := gpu.Adapters(t.Context())
	require.NoError(t, err)
	tr := load(t, model(nil), runtime.DeviceAuto)
	info, reason := tr.Device()
	if gpus[0].Software {
		require.Equal(t, "cpu", info.Kind)
		require.Equal(t, "the only GPU, "+gpus[0].Name+", is emulated by the CPU", reason)
	} else if info.Kind == "cpu" {
		require.Contains(t, reason, "self-test")
	}
}

// A device that was begun and is not wanted any more must go.
func TestOpeningIsClosedOrFails(t *testing.T) {
	for _, d := range []runtime.Device{runtime.DeviceAuto, runtime.DeviceGPU, runtime.DeviceCPU} {
		require.NoError(t, runtime.Begin(t.Context(), runtime.Options{Device: d}).Close())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	b := runtime.Begin(ended, runtime.Options{Device: runtime.DeviceGPU})
	_, err := b.Load(t.Context(), model(nil))
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, b.Close())
}
