//go:build ignore

// A pipeline layout that is released while its pipeline is in use: WebGPU's objects keep alive what they were made of.
//
//	VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation go run docs/upstream/pipeline_layout.go
//
// says VUID-vkCmdBindDescriptorSets-layout-parameter and ends in a segmentation fault; on DirectX 12 the root signature is gone the same way.
// Fix: have a pipeline hold a reference to its layout, and a layout to its bind group layouts (ComputePipeline.layout in hal/vulkan/pipeline.go
// is a bare handle).
package main

import (
	"log"

	"github.com/gogpu/gputypes"
	"github.com/gogpu/wgpu"
	_ "github.com/gogpu/wgpu/hal/allbackends"
)

const double = `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) { x[id.x] = 2u * x[id.x]; }`

func main() {
	instance := must(wgpu.CreateInstance(&wgpu.InstanceDescriptor{Backends: wgpu.BackendsVulkan}))
	adapter := must(instance.RequestAdapter(nil))
	dev := must(adapter.RequestDevice(nil))
	x := must(dev.CreateBuffer(&wgpu.BufferDescriptor{Size: 16, Usage: wgpu.BufferUsageStorage}))
	module := must(dev.CreateShaderModule(&wgpu.ShaderModuleDescriptor{WGSL: double}))
	groups := must(dev.CreateBindGroupLayout(&wgpu.BindGroupLayoutDescriptor{Entries: []wgpu.BindGroupLayoutEntry{
		{Visibility: wgpu.ShaderStageCompute, Buffer: &gputypes.BufferBindingLayout{Type: gputypes.BufferBindingTypeStorage}}}}))
	layout := must(dev.CreatePipelineLayout(&wgpu.PipelineLayoutDescriptor{BindGroupLayouts: []*wgpu.BindGroupLayout{groups}}))
	pipeline := must(dev.CreateComputePipeline(&wgpu.ComputePipelineDescriptor{Layout: layout, Module: module, EntryPoint: "main"}))
	group := must(dev.CreateBindGroup(&wgpu.BindGroupDescriptor{Layout: groups, Entries: []wgpu.BindGroupEntry{{Buffer: x, Size: 16}}}))

	layout.Release()
	must(dev.Queue().Submit()) // lets the release take effect

	computing := must(dev.CreateCommandEncoder(nil))
	pass := must(computing.BeginComputePass(nil))
	pass.SetPipeline(pipeline)
	pass.SetBindGroup(0, group, nil)
	pass.Dispatch(1, 1, 1)
	if err := pass.End(); err != nil {
		log.Fatal(err)
	}
	must(dev.Queue().Submit(must(computing.Finish())))
	must(0, dev.WaitIdle())
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
