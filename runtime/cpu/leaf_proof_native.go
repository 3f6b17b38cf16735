//go:build !js

package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// nativeProofs are of what the page does without, or computes by plain Go.
var nativeProofs = []proof{
	{"taps", func(l *leaf) []float32 {
		const deep = 3 * depthStep
		sums, places := wholes(len(tilePair{})), make([]int32, deep)
		for k := range places {
			places[k] = int32(k * 5 % 7)
		}
		panel := l.spread(make([]float32, deep*l.spreadSize), wholes(deep*panelRows))
		l.taps((*tilePair)(sums), panel, wholes(7+2*panelPixels), places)
		return sums
	}},
	{"spreadSquares", func(l *leaf) []float32 {
		half := make([]float32, patchSize*squareSize*panelPixels)
		l.spreadSquares(lattice{half, squareSize * panelPixels, panelPixels},
			lattice{wholes(squareSize * squareSize * panelPixels), squareSize * panelPixels, panelPixels}, squareSize)
		return half
	}},
	{"gatherKernels", func(l *leaf) []float32 {
		half := make([]float32, 3*patchSize*panelPixels)
		l.gatherKernels(lattice{half, patchSize * panelPixels, panelPixels},
			lattice{wholes(frequencies * panelPixels), patchSize * panelPixels, panelPixels}, patchSize)
		return half
	}},
	{"correlate", func(l *leaf) []float32 {
		const deep = 2 * corrStep
		sums := wholes(len(corrTile{}))
		l.correlate((*corrTile)(sums), wholes(deep*corrRows*corrLanes), wholes(deep*corrLanes), wholes(deep*corrLanes + 1)[1:])
		return sums
	}},
	{"adam", func(l *leaf) []float32 {
		const n = 21
		f := graph.AdamFactors{Beta1: 0.5, Fresh1: 0.5, Beta2: 0.75, Fresh2: 0.25, Rate: 1, Root: 1, Eps: 1, Decay: 0.5, Fresh: 0.5}
		all := wholes(5 * n)
		for i := range n {
			all[3*n+i] += 4 // second moments are not negative
		}
		l.adam(f, all[:n], all[n:2*n], all[2*n:3*n], all[3*n:4*n], all[4*n:])
		return all
	}},
}
