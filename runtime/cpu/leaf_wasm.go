//go:build go1.27 && !go1.28 && goexperiment.simd

package cpu

// leaves lists the leaves of this build in the order of preference; the last runs on every processor.
func leaves() []*leaf { return []*leaf{wasmLeaf(), plainLeaf()} }

// wasmLeaf is the arithmetic for vectors of four. What a page does not use stays plain.
func wasmLeaf() *leaf {
	l := plainLeaf()
	l.name = "WebAssembly SIMD"
	l.blockPixels, l.multiply = 256, multiplyWasm
	l.toFrequencies, l.fromFrequencies, l.normalise = toFrequenciesSIMD, fromFrequenciesSIMD, normaliseSIMD
	l.spin, l.spinFlops = spinSIMD, 2*12*lanes
	return l
}
