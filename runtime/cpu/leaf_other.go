//go:build !(go1.27 && !go1.28 && goexperiment.simd && (amd64 || arm64 || wasm))

package cpu

// leaves lists the leaves of this build in the order of preference; the last runs on every processor.
func leaves() []*leaf { return []*leaf{plainLeaf()} }
