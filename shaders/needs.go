package shaders

import (
	"strconv"
	"strings"
)

// Needs are what a kernel takes of a device that limits it, by the names of WebGPU's limits.
type Needs struct {
	ComputeInvocationsPerWorkgroup int
	ComputeWorkgroupStorageSize    int // bytes
	StorageBuffersPerShaderStage   int
}

// NeedsOf reads them off the kernel's WGSL. Workgroups are lines: their size has one number, which is also that of their invocations.
func NeedsOf(k Kernel) Needs {
	source := k.Source()
	n := Needs{StorageBuffersPerShaderStage: len(k.Bindings()), ComputeInvocationsPerWorkgroup: number(after(source, "@workgroup_size("))}
	for rest := after(source, "var<workgroup> "); rest != ""; rest = after(rest, "var<workgroup> ") {
		element, count, _ := strings.Cut(after(rest, ": array<"), ", ")
		n.ComputeWorkgroupStorageSize += elementBytes[element] * number(count)
	}
	return n
}

// elementBytes are the sizes of what arrays in workgroup memory consist of.
var elementBytes = map[string]int{"f32": 4, "u32": 4, "i32": 4, "vec2<f32>": 8, "vec4<f32>": 16, "vec4<u32>": 16, "vec4<i32>": 16}

// after is what follows the first mark in text.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

// number is the decimal number that text begins with.
func number(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	n, _ := strconv.Atoi(text[:max(end, 0)])
	return n
}
