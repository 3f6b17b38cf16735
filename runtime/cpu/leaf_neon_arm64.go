//go:build go1.27 && !go1.28 && goexperiment.simd

package cpu

// leaves lists the leaves of this build in the order of preference; the last runs on every processor.
func leaves() []*leaf { return []*leaf{neonLeaf(), plainLeaf()} }

// neonLeaf is the arithmetic for vectors of four, which every arm64 has.
func neonLeaf() *leaf {
	return &leaf{name: "NEON SIMD", supported: true,
		blockPixels: 256, spreadDepth: spreadPanel / (panelRows * lanes), spreadSize: panelRows * lanes, spread: spreadSIMD, multiply: multiplyNEON,
		toFrequencies: toFrequenciesSIMD, fromFrequencies: fromFrequenciesSIMD, kernels: kernelsPlain,
		taps: tapsNEON, spreadSquares: spreadSquaresSIMD, gatherKernels: gatherKernelsSIMD,
		correlate: correlateNEON, adam: adamSIMD,
		moments: momentsPlain, normalise: normaliseSIMD, spin: spinSIMD, spinFlops: 2 * 12 * lanes}
}
