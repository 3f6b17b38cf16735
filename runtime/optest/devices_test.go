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
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/optable"
)

func TestGPU(t *testing.T) {
	needs.GPU(t)
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
			needs.GPU(t)
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
	for _, name := range optable.Goldens {
		Golden(t, ref, name)
	}
}

// Adapters as people have them, by the limits that matter here. WebGPU promises the first (https://www.w3.org/TR/webgpu/#limits); phones have little
// more, and some drivers exactly that.
var adapters = []struct {
	name   string
	limits gpu.Limits
}{
	{"WebGPU's defaults", gpu.Limits{MaxBufferSize: 256 << 20, MaxStorageBufferBindingSize: 128 << 20, MaxStorageBuffersPerShaderStage: 8,
		MaxComputeWorkgroupStorageSize: 16384, MaxComputeInvocationsPerWorkgroup: 256}},
	{"a phone", gpu.Limits{MaxBufferSize: 256 << 20, MaxStorageBufferBindingSize: 128 << 20, MaxStorageBuffersPerShaderStage: 8,
		MaxComputeWorkgroupStorageSize: 16384, MaxComputeInvocationsPerWorkgroup: 128}},
	{"a desktop", gpu.Limits{MaxBufferSize: 2 << 30, MaxStorageBufferBindingSize: 2<<30 - 4, MaxStorageBuffersPerShaderStage: 16,
		MaxComputeWorkgroupStorageSize: 32768, MaxComputeInvocationsPerWorkgroup: 1024}},
	{"less than any", gpu.Limits{MaxComputeWorkgroupStorageSize: 1024, MaxStorageBufferBindingSize: 4 << 20}},
}

// TestLimitsOfAdapters computes the table on a device that pretends to be another.
func TestLimitsOfAdapters(t *testing.T) {
	for _, a := range adapters {
		t.Run(a.name, func(t *testing.T) {
			needs.GPU(t)
			validation.Watch(t)
			e, err := gpu.Open(context.Background(), gpu.Options{Limits: a.limits})
			require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
			defer e.Close()
			Run(t, e)
		})
	}
}

// TestVariantsBeyondLimitsAreAbsent: what needs more than a device has is not chosen, is told, and asking for it by name is an error.
func TestVariantsBeyondLimitsAreAbsent(t *testing.T) {
	needs.GPU(t)
	validation.Watch(t)
	small := gpu.Limits{MaxComputeWorkgroupStorageSize: 4095}
	_, err := gpu.Open(context.Background(), gpu.Options{Limits: small, Variant: "direct group"})
	require.ErrorContains(t, err, "maxComputeWorkgroupStorageSize of 4096, the device has 4095")

	e, err := gpu.Open(context.Background(), gpu.Options{Limits: small})
	require.NoError(t, err)
	absent := map[string]bool{}
	for _, v := range e.Variants() {
		absent[v.Name] = v.State == gpu.VariantAbsent
	}
	require.NoError(t, e.Close())
	for _, name := range []string{"winograd 4 group", "winograd 4 group phases", "phases group", "direct group"} {
		require.True(t, absent[name], name)
	}
	require.False(t, absent["direct"])

	e, err = gpu.Open(context.Background(), gpu.Options{Limits: gpu.Limits{MaxStorageBufferBindingSize: 1 << 20}})
	require.NoError(t, err)
	defer e.Close()
	g := graph.New()
	x := g.Upsample(g.Input("x", 1, 64, 8, 8))
	g.Output("y", g.Conv(x, g.Param("w", 32, 64, 5, 5), nil, graph.ConvAttrs{Stride: 1, Pad: 2, Mode: graph.PadReflect}))
	require.NotContains(t, e.Uses(g)[0], "phases", "folded weights of 1.2 MiB do not fit")
	_, err = e.NewTensor(graph.Shape{1<<18 + 1})
	require.ErrorContains(t, err, "maxStorageBufferBindingSize")
	_, err = e.NewTensor(graph.Shape{1 << 18})
	require.NoError(t, err)
}
