//go:build !(goexperiment.simd && amd64)

package cpu

// bestLeaf is the fastest leaf of this build on this processor.
func bestLeaf() *leaf { return plainLeaf() }
