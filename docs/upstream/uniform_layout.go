//go:build ignore

// A uniform whose layout WGSL forbids: naga takes it, and so do Mesa's drivers, but no other compiler.
//
//	go run docs/upstream/uniform_layout.go | spirv-val --target-env vulkan1.3
//
// says "member 1 at offset 4 is not aligned to 16". Fix: run WGSL's validation of address space layouts, as the Rust naga does.
package main

import (
	"log"
	"os"

	"github.com/gogpu/naga"
)

func main() {
	spirv := must(naga.Compile(`struct Line { a: u32, b: u32, c: u32, d: u32 }
struct Dims { count: u32, lines: array<Line, 4> }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main() { y[0] = dims.lines[0].a; }`))
	must(os.Stdout.Write(spirv))
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
