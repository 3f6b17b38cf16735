// Package shaders holds the WGSL kernels, one file per family, and the typed keys that specialise them.
//
// What it exports may change with any version; runtime and weights are for other modules.
package shaders

import (
	"encoding/hex"
	"hash/fnv"
)

// All lists every specialisation of every kernel.
func All() []Kernel {
	all := []Kernel{
		Conv{ConvTile{8, 4, 64}}, Conv{ConvTile{4, 8, 64}}, Conv{ConvTile{8, 8, 16}}, ConvGroup{}, ConvInt8{true}, ConvInt8{false}, Largest{}, Quantise{}, Pack{},
		WinogradInput{2}, WinogradInput{4}, WinogradProduct{8}, WinogradProduct{16}, WinogradGroup{}, WinogradOutput{2}, WinogradOutput{4},
		Gemm{}, Moments{}, Merge{}, Upsample{}, AveragePool{}, Peak{},
		Strided{}, FlipKernels{}, FoldPadding{},
	}
	all = append(all, training()...)
	for a := range actNames {
		all = append(all, Normalize{Act(a)}, Unary{Act(a)})
	}
	for op := range binaryNames {
		all = append(all, Binary{BinaryOp(op)})
	}
	return all
}

// Hash changes whenever the source of any kernel does: what was measured with others is believed no more.
func Hash() string {
	sum := fnv.New128a()
	for _, k := range All() {
		sum.Write([]byte(k.Source()))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Access says how a kernel uses a storage binding.
type Access uint8

// Accesses of a storage buffer.
const (
	Read Access = iota
	ReadWrite
)

// Kernel is a specialised shader: a comparable value, so that it keys the cache of pipelines.
type Kernel interface {
	// Label names the kernel and its variant in messages and profiles.
	Label() string
	// Source is the whole WGSL: the key's constants as scalar const lines, activation.wgsl where the kernel ends in an activation, and the
	// family's file. The entry point is "main".
	Source() string
	// Bindings are the storage buffers at bindings 0, 1, ... of group 0; the uniform with the dims follows.
	Bindings() []Access
	// Dims is a new struct for the uniform, to be filled: its fields have the names, the order and the types of the WGSL's struct Dims.
	Dims() any
}
