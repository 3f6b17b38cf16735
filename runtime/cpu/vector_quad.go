//go:build go1.27 && !go1.28 && goexperiment.simd && (arm64 || wasm)

package cpu

import "simd/archsimd"

// vector is what the leaves of leaf_simd.go compute with. In WebAssembly its MulAdd is a multiplication and an addition.
type vector = archsimd.Float32x4

const lanes = 4 // of a vector

func load(from *[lanes]float32) vector { return archsimd.LoadFloat32x4Array(from) }

func repeat(v float32) vector { return archsimd.BroadcastFloat32x4(v) }

func leaveVectors() {}
