package gpu

import (
	"fmt"

	"github.com/gogpu/wgpu"

	"github.com/webmunit/webmunit/shaders"
)

// Limits bound what is used of a device, by the names and in the units of WebGPU's limits (https://www.w3.org/TR/webgpu/#limits): so a large GPU
// can be had to compute as a small one would. Zero leaves the adapter's own.
type Limits struct {
	MaxBufferSize                     int64 // bytes
	MaxStorageBufferBindingSize       int64 // bytes
	MaxStorageBuffersPerShaderStage   int
	MaxComputeWorkgroupStorageSize    int // bytes
	MaxComputeInvocationsPerWorkgroup int
}

// lower lowers what l bounds.
func (l Limits) lower(of wgpu.Limits) wgpu.Limits {
	if l.MaxBufferSize > 0 {
		of.MaxBufferSize = min(of.MaxBufferSize, uint64(l.MaxBufferSize))
	}
	if l.MaxStorageBufferBindingSize > 0 {
		of.MaxStorageBufferBindingSize = min(of.MaxStorageBufferBindingSize, uint64(l.MaxStorageBufferBindingSize))
	}
	for _, limit := range []struct {
		bound int
		of    *uint32
	}{
		{l.MaxStorageBuffersPerShaderStage, &of.MaxStorageBuffersPerShaderStage},
		{l.MaxComputeWorkgroupStorageSize, &of.MaxComputeWorkgroupStorageSize},
		{l.MaxComputeInvocationsPerWorkgroup, &of.MaxComputeInvocationsPerWorkgroup},
	} {
		if limit.bound > 0 {
			*limit.of = min(*limit.of, uint32(limit.bound))
		}
	}
	return of
}

// allows reports whether a kernel keeps to the device's limits. gogpu does not look natively, and drivers need not.
func (d *device) allows(k shaders.Kernel) error {
	n := shaders.NeedsOf(k)
	for _, limit := range []struct {
		name       string
		needs, has int
	}{
		{"maxStorageBuffersPerShaderStage", n.StorageBuffersPerShaderStage, int(d.limits.MaxStorageBuffersPerShaderStage)},
		{"maxComputeInvocationsPerWorkgroup", n.ComputeInvocationsPerWorkgroup, int(d.limits.MaxComputeInvocationsPerWorkgroup)},
		{"maxComputeWorkgroupSizeX", n.ComputeInvocationsPerWorkgroup, int(d.limits.MaxComputeWorkgroupSizeX)},
		{"maxComputeWorkgroupStorageSize", n.ComputeWorkgroupStorageSize, int(d.limits.MaxComputeWorkgroupStorageSize)},
	} {
		if limit.needs > limit.has {
			return lackError(fmt.Sprintf("kernel %s needs a %s of %d, the device has %d", k.Label(), limit.name, limit.needs, limit.has))
		}
	}
	return nil
}
