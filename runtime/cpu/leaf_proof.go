package cpu

import (
	"fmt"
	"slices"
)

// proofs are what a leaf computes before it is used, in tens of microseconds: a row for every function but spin, whose result nobody needs. Small whole
// numbers make float32 sums exact in any order, so that leaves must agree to the last bit. Lengths are such that loops turn more than once
// and leave a rest.
var proofs = slices.Concat([]proof{
	{"multiply", func(l *leaf) []float32 {
		const columns, deep = 3, 3 * depthStep
		sums := wholes(columns * len(microTile{}))
		l.product(sums, make([]float32, deep*l.spreadSize), wholes(deep*panelRows), wholes(columns*deep*panelPixels), columns, deep, deep)
		return sums
	}},
	{"toFrequencies", func(l *leaf) []float32 {
		patch := wholes(frequencies * panelPixels)
		l.toFrequencies(lattice{patch, panelPixels, patchSize * panelPixels}, lattice{patch, panelPixels, patchSize * panelPixels})
		return patch
	}},
	{"fromFrequencies", func(l *leaf) []float32 {
		squares := make([]float32, patchSize*squareSize*panelPixels)
		l.fromFrequencies(lattice{squares, panelPixels, squareSize * panelPixels},
			lattice{wholes(frequencies * panelPixels), panelPixels, patchSize * panelPixels}, patchSize)
		return squares
	}},
	{"kernels", func(l *leaf) []float32 {
		kernels := wholes(3 * kernelSize * panelRows)
		for i := range kernels {
			kernels[i] *= 576 // the least common denominator
		}
		block := make([]float32, kernelBlock)
		l.kernels(block, kernels)
		return block
	}},
	{"moments", func(l *leaf) []float32 {
		x := wholes(45) // five times all numbers from −4 to 4
		for i := range x {
			x[i] += 3
		}
		m := l.moments(x)
		return []float32{float32(m.count), float32(m.mean), float32(m.squares)}
	}},
	{"normalise", func(l *leaf) []float32 {
		y := make([]float32, 45)
		l.normalise(y, wholes(len(y)), 1, 2, 3, -2)
		return y
	}},
}, nativeProofs)

type proof struct {
	name    string
	compute func(l *leaf) []float32
}

// wholes gives n whole numbers from −4 to 4.
func wholes(n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(i*7%9 - 4)
	}
	return s
}

// prove holds l against plain Go.
func (l *leaf) prove() error {
	plain := plainLeaf()
	for _, p := range proofs {
		want := p.compute(plain)
		for i, v := range p.compute(l) {
			if v != want[i] {
				return fmt.Errorf("%s gives %v where %v is right", p.name, v, want[i])
			}
		}
	}
	return nil
}
