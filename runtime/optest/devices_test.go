//go:build !race

// Drivers and plain loops take ten times as long under the race detector, which finds nothing here that the tests of runtime/gpu do not show it.

package optest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/gpu/validation"
)

func TestGPU(t *testing.T) {
	validation.Watch(t)
	e, err := gpu.Open(context.Background(), gpu.Options{})
	require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
	defer e.Close()
	t.Logf("%+v", e.Info())
	holdAgainstTable(t, e)
}

// TestGPUVariants holds every way to compute a convolution against the table, also those that the executor would not choose here.
func TestGPUVariants(t *testing.T) {
	for _, name := range gpu.VariantNames() {
		t.Run(name, func(t *testing.T) {
			validation.Watch(t)
			e, err := gpu.Open(context.Background(), gpu.Options{Variant: name})
			if name == "direct int8" && err != nil {
				require.ErrorContains(t, err, "packed_4x8_integer_dot_product", "the only reason why a variant is not run")
				t.Log("not run here:", err)
				return
			}
			require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
			defer e.Close()
			RunConvs(t, e, name, gpu.Tolerance(name))
		})
	}
}

// TestReferenceGolden shows that the oracle of the op table is right: its plain loops give the golden vectors.
func TestReferenceGolden(t *testing.T) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	for _, name := range []string{"tiny", "zero3"} {
		Golden(t, ref, name)
	}
}
