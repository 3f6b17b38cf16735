//go:build ignore

// A submit that reads what a copy in the submit before it has written: nothing orders the two.
//
//	VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation \
//	VK_LAYER_ENABLES='VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT:VALIDATION_CHECK_ENABLE_SYNCHRONIZATION_VALIDATION_QUEUE_SUBMIT' \
//	go run docs/upstream/copy_then_dispatch.go
//
// says SYNC-HAZARD-READ-AFTER-WRITE. Fix: ALL_COMMANDS instead of TOP_OF_PIPE as the relay semaphore's wait stage (hal/vulkan/queue.go), or a
// TRANSFER→COMPUTE memory barrier behind copies.
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
	from := must(dev.CreateBuffer(&wgpu.BufferDescriptor{Size: 16, Usage: wgpu.BufferUsageCopySrc | wgpu.BufferUsageStorage}))
	x := must(dev.CreateBuffer(&wgpu.BufferDescriptor{Size: 16, Usage: wgpu.BufferUsageCopyDst | wgpu.BufferUsageStorage}))
	module := must(dev.CreateShaderModule(&wgpu.ShaderModuleDescriptor{WGSL: double}))
	groups := must(dev.CreateBindGroupLayout(&wgpu.BindGroupLayoutDescriptor{Entries: []wgpu.BindGroupLayoutEntry{
		{Visibility: wgpu.ShaderStageCompute, Buffer: &gputypes.BufferBindingLayout{Type: gputypes.BufferBindingTypeStorage}}}}))
	layout := must(dev.CreatePipelineLayout(&wgpu.PipelineLayoutDescriptor{BindGroupLayouts: []*wgpu.BindGroupLayout{groups}}))
	pipeline := must(dev.CreateComputePipeline(&wgpu.ComputePipelineDescriptor{Layout: layout, Module: module, EntryPoint: "main"}))
	group := must(dev.CreateBindGroup(&wgpu.BindGroupDescriptor{Layout: groups, Entries: []wgpu.BindGroupEntry{{Buffer: x, Size: 16}}}))

	copying := must(dev.CreateCommandEncoder(nil))
	copying.CopyBufferToBuffer(from, 0, x, 0, 16)
	must(dev.Queue().Submit(must(copying.Finish())))

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
