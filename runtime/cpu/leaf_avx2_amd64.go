//go:build go1.27 && !go1.28 && goexperiment.simd && amd64

package cpu

import "simd/archsimd"

// leaves lists the leaves of this build in the order of preference; the last runs on every processor.
func leaves() []*leaf { return []*leaf{avx512Leaf(), avx2Leaf(), plainLeaf()} }

// avx2Leaf is the arithmetic for vectors of eight.
func avx2Leaf() *leaf {
	return &leaf{name: "AVX2 SIMD", supported: archsimd.X86.AVX2() && archsimd.X86.FMA(),
		blockPixels: 256, spreadDepth: spreadPanel / (panelRows * lanes), spreadSize: panelRows * lanes, spread: spreadSIMD, multiply: multiplyAVX2,
		toFrequencies: toFrequenciesSIMD, fromFrequencies: fromFrequenciesSIMD, kernels: kernelsAVX2,
		taps: tapsAVX2, spreadSquares: spreadSquaresSIMD, gatherKernels: gatherKernelsSIMD,
		correlate: correlateAVX2, adam: adamSIMD,
		moments: momentsAVX2, normalise: normaliseSIMD, spin: spinSIMD, spinFlops: 2 * 12 * lanes}
}

// multiplyAVX2 keeps the tile in eight registers. It is one block without calls, in the order in which the processor should see it, and
// takes depthStep steps a turn: the compiler moves every sum once at the end of a turn, and delays the last step's products to it.
func multiplyAVX2(t *microTile, weights, pixels []float32) {
	s00 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[0:]))
	s01 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[8:]))
	s10 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[16:]))
	s11 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[24:]))
	s20 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[32:]))
	s21 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[40:]))
	s30 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[48:]))
	s31 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[56:]))
	for len(weights) >= depthStep*panelRows*lanes && len(pixels) >= depthStep*panelPixels {
		w, x := (*[depthStep * panelRows * lanes]float32)(weights), (*[depthStep * panelPixels]float32)(pixels)

		x0 := archsimd.LoadFloat32x8Array((*[lanes]float32)(x[0:]))
		x1 := archsimd.LoadFloat32x8Array((*[lanes]float32)(x[8:]))
		v := archsimd.LoadFloat32x8Array((*[lanes]float32)(w[0:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[8:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[16:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[24:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		x0 = archsimd.LoadFloat32x8Array((*[lanes]float32)(x[16:]))
		x1 = archsimd.LoadFloat32x8Array((*[lanes]float32)(x[24:]))
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[32:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[40:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[48:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[56:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		x0 = archsimd.LoadFloat32x8Array((*[lanes]float32)(x[32:]))
		x1 = archsimd.LoadFloat32x8Array((*[lanes]float32)(x[40:]))
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[64:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[72:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[80:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[88:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		x0 = archsimd.LoadFloat32x8Array((*[lanes]float32)(x[48:]))
		x1 = archsimd.LoadFloat32x8Array((*[lanes]float32)(x[56:]))
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[96:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[104:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[112:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8Array((*[lanes]float32)(w[120:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		weights, pixels = weights[len(w):], pixels[len(x):]
	}
	s00.StoreArray((*[lanes]float32)(t[0:]))
	s01.StoreArray((*[lanes]float32)(t[8:]))
	s10.StoreArray((*[lanes]float32)(t[16:]))
	s11.StoreArray((*[lanes]float32)(t[24:]))
	s20.StoreArray((*[lanes]float32)(t[32:]))
	s21.StoreArray((*[lanes]float32)(t[40:]))
	s30.StoreArray((*[lanes]float32)(t[48:]))
	s31.StoreArray((*[lanes]float32)(t[56:]))
	archsimd.ClearAVXUpperBits()
}

// kernelsAVX2 is kernelsPlain, of the four rows of a panel at a time.
func kernelsAVX2(block, kernels []float32) {
	const vector, deep = panelRows, 3
	type quad = *[vector]float32
	quarter, sixth := archsimd.BroadcastFloat64x4(1./4), archsimd.BroadcastFloat64x4(1./6)
	twelfth, twentyFourth := archsimd.BroadcastFloat64x4(1./12), archsimd.BroadcastFloat64x4(1./24)
	none := archsimd.BroadcastFloat64x4(0)
	for ; len(kernels) >= kernelSize*vector && len(block) > (frequencies-1)*kernelLine; kernels, block = kernels[kernelSize*vector:], block[vector:] {
		var rows [patchSize][deep][vector]float64
		for c := range deep {
			a := archsimd.LoadFloat32x4Array(quad(kernels[c*vector:])).ConvertToFloat64()
			b := archsimd.LoadFloat32x4Array(quad(kernels[(c+deep)*vector:])).ConvertToFloat64()
			z := archsimd.LoadFloat32x4Array(quad(kernels[(c+2*deep)*vector:])).ConvertToFloat64()
			even, odd := a.Add(z).Mul(sixth), b.Mul(sixth)
			even2, odd2 := a.Mul(twentyFourth).Add(z.Mul(sixth)), b.Mul(twelfth)
			a.Mul(quarter).StoreArray(&rows[0][c])
			none.Sub(even.Add(odd)).StoreArray(&rows[1][c])
			odd.Sub(even).StoreArray(&rows[2][c])
			even2.Add(odd2).StoreArray(&rows[3][c])
			even2.Sub(odd2).StoreArray(&rows[4][c])
			z.StoreArray(&rows[5][c])
		}
		for i := range rows {
			row, to := &rows[i], block[i*patchSize*kernelLine:]
			a, b, z := archsimd.LoadFloat64x4Array(&row[0]), archsimd.LoadFloat64x4Array(&row[1]), archsimd.LoadFloat64x4Array(&row[2])
			even, odd := a.Add(z).Mul(sixth), b.Mul(sixth)
			even2, odd2 := a.Mul(twentyFourth).Add(z.Mul(sixth)), b.Mul(twelfth)
			a.Mul(quarter).ConvertToFloat32().StoreArray(quad(to))
			none.Sub(even.Add(odd)).ConvertToFloat32().StoreArray(quad(to[kernelLine:]))
			odd.Sub(even).ConvertToFloat32().StoreArray(quad(to[2*kernelLine:]))
			even2.Add(odd2).ConvertToFloat32().StoreArray(quad(to[3*kernelLine:]))
			even2.Sub(odd2).ConvertToFloat32().StoreArray(quad(to[4*kernelLine:]))
			z.ConvertToFloat32().StoreArray(quad(to[5*kernelLine:]))
		}
	}
	archsimd.ClearAVXUpperBits()
}

// momentsAVX2 is momentsPlain.
func momentsAVX2(x []float32) stats {
	const half, turn = lanes / 2, 2 * lanes
	type quad = *[half]float32
	var s0, s1, s2, s3 archsimd.Float64x4
	rest := x
	for ; len(rest) >= turn; rest = rest[turn:] {
		s0 = s0.Add(archsimd.LoadFloat32x4Array(quad(rest)).ConvertToFloat64())
		s1 = s1.Add(archsimd.LoadFloat32x4Array(quad(rest[half:])).ConvertToFloat64())
		s2 = s2.Add(archsimd.LoadFloat32x4Array(quad(rest[2*half:])).ConvertToFloat64())
		s3 = s3.Add(archsimd.LoadFloat32x4Array(quad(rest[3*half:])).ConvertToFloat64())
	}
	var sums [half]float64
	s0.Add(s1).Add(s2.Add(s3)).StoreArray(&sums)
	archsimd.ClearAVXUpperBits()
	for _, v := range rest {
		sums[0] += float64(v)
	}
	count := float64(len(x))
	mean := ((sums[0] + sums[1]) + (sums[2] + sums[3])) / count

	m, none := archsimd.BroadcastFloat64x4(mean), archsimd.BroadcastFloat64x4(0)
	s0, s1, s2, s3 = none, none, none, none
	for rest = x; len(rest) >= turn; rest = rest[turn:] {
		d0 := archsimd.LoadFloat32x4Array(quad(rest)).ConvertToFloat64().Sub(m)
		d1 := archsimd.LoadFloat32x4Array(quad(rest[half:])).ConvertToFloat64().Sub(m)
		d2 := archsimd.LoadFloat32x4Array(quad(rest[2*half:])).ConvertToFloat64().Sub(m)
		d3 := archsimd.LoadFloat32x4Array(quad(rest[3*half:])).ConvertToFloat64().Sub(m)
		s0, s1, s2, s3 = d0.MulAdd(d0, s0), d1.MulAdd(d1, s1), d2.MulAdd(d2, s2), d3.MulAdd(d3, s3)
	}
	s0.Add(s1).Add(s2.Add(s3)).StoreArray(&sums)
	archsimd.ClearAVXUpperBits()
	for _, v := range rest {
		sums[0] += (float64(v) - mean) * (float64(v) - mean)
	}
	return stats{count, mean, (sums[0] + sums[1]) + (sums[2] + sums[3])}
}
