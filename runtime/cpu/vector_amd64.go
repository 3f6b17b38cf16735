//go:build go1.27 && !go1.28 && goexperiment.simd && amd64

package cpu

import "simd/archsimd"

// vector is what the leaves of leaf_simd.go compute with.
type vector = archsimd.Float32x8

const lanes = 8 // of a vector

func load(from *[lanes]float32) vector { return archsimd.LoadFloat32x8Array(from) }

func repeat(v float32) vector { return archsimd.BroadcastFloat32x8(v) }

// leaveVectors ends every function that uses vectors: without it, the next legacy SSE instruction costs a hundred times its price.
func leaveVectors() { archsimd.ClearAVXUpperBits() }
