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

	"github.com/gogpu/wgpu"
	_ "github.com/gogpu/wgpu/hal/allbackends"
)

func main() {
	instance := must(wgpu.CreateInstance(&wgpu.InstanceDescriptor{Backends: wgpu.BackendsVulkan}))
	adapter := must(instance.RequestAdapter(nil))
	dev := must(adapter.RequestDevice(nil))
	must(dev.CreateShaderModule(&wgpu.ShaderModuleDescriptor{WGSL: `@group(0) @binding(0) var<storage, read_write> x: array<i32>;
@compute @workgroup_size(1) fn main() { x[0] = dot4I8Packed(bitcast<u32>(x[1]), bitcast<u32>(x[2])); }`}))
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
