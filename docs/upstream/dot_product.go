//go:build ignore

// A kernel with dot4I8Packed: the SPIR-V that naga makes declares capabilities whose feature no device of gogpu's has switched on.
//
//	VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation go run docs/upstream/dot_product.go
//
// says VUID-VkShaderModuleCreateInfo-pCode-01091 and -04147. Fix: switch on shaderIntegerDotProduct where the adapter has it, and have naga do
// without the instruction elsewhere, as the Rust one does.
package main

import (
	"log"

	"github.com/gogpu/gputypes"
	"github.com/gogpu/wgpu"
	_ "github.com/gogpu/wgpu/hal/allbackends"
)

const dot = `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main() { x[0] = bitcast<u32>(dot4I8Packed(x[1], x[2])); }`

func main() {
	instance := must(wgpu.CreateInstance(&wgpu.InstanceDescriptor{Backends: wgpu.BackendsVulkan}))
	adapter := must(instance.RequestAdapter(nil))
	dev := must(adapter.RequestDevice(nil))
	module := must(dev.CreateShaderModule(&wgpu.ShaderModuleDescriptor{WGSL: dot}))
	groups := must(dev.CreateBindGroupLayout(&wgpu.BindGroupLayoutDescriptor{Entries: []wgpu.BindGroupLayoutEntry{
		{Visibility: wgpu.ShaderStageCompute, Buffer: &gputypes.BufferBindingLayout{Type: gputypes.BufferBindingTypeStorage}}}}))
	layout := must(dev.CreatePipelineLayout(&wgpu.PipelineLayoutDescriptor{BindGroupLayouts: []*wgpu.BindGroupLayout{groups}}))
	must(dev.CreateComputePipeline(&wgpu.ComputePipelineDescriptor{Layout: layout, Module: module, EntryPoint: "main"}))
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
