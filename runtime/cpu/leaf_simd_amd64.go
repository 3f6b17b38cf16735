//go:build go1.27 && !go1.28 && goexperiment.simd && amd64

package cpu

import "simd/archsimd"

// leaves lists the leaves of this build in the order of preference; the last runs on every processor.
func leaves() []*leaf { return []*leaf{avx512Leaf(), avx2Leaf(), plainLeaf()} }

// avx2Leaf is the arithmetic for vectors of eight.
func avx2Leaf() *leaf {
	return &leaf{name: "AVX2 SIMD", supported: archsimd.X86.AVX2() && archsimd.X86.FMA(),
		blockPixels: 256, spreadDepth: spreadPanel / (panelRows * lanes), spreadSize: panelRows * lanes, spread: spreadAVX2, multiply: multiplyAVX2,
		toFrequencies: toFrequenciesAVX2, fromFrequencies: fromFrequenciesAVX2, kernels: kernelsAVX2,
		taps: tapsAVX2, spreadSquares: spreadSquaresAVX2, gatherKernels: gatherKernelsAVX2,
		correlate: correlateAVX2, adam: adamAVX2,
		moments: momentsAVX2, normalise: normaliseAVX2, spin: spinAVX2, spinFlops: 2 * 12 * lanes}
}

const (
	lanes       = 8       // float32s in a vector register of AVX2
	spreadPanel = 4 << 10 // float32s of a spread panel: half of a first-level cache
)

// spreadAVX2 repeats each weight in all lanes of a vector. Broadcasting in the inner loop instead would halve its speed: the compiler makes
// that a shuffle, which competes with the multiplications for ports, whereas a plain load is free.
func spreadAVX2(buf, weights []float32) []float32 {
	buf = buf[:len(weights)*lanes]
	for at := buf; len(weights) >= panelRows && len(at) >= panelRows*lanes; {
		w, to := (*[panelRows]float32)(weights), (*[panelRows * lanes]float32)(at)
		archsimd.BroadcastFloat32x8(w[0]).StoreArray((*[lanes]float32)(to[0:]))
		archsimd.BroadcastFloat32x8(w[1]).StoreArray((*[lanes]float32)(to[8:]))
		archsimd.BroadcastFloat32x8(w[2]).StoreArray((*[lanes]float32)(to[16:]))
		archsimd.BroadcastFloat32x8(w[3]).StoreArray((*[lanes]float32)(to[24:]))
		weights, at = weights[len(w):], at[len(to):]
	}
	archsimd.ClearAVXUpperBits()
	return buf
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

// toFrequenciesAVX2 is toFrequenciesPlain.
func toFrequenciesAVX2(dst, src lattice) {
	two, four := archsimd.BroadcastFloat32x8(2), archsimd.BroadcastFloat32x8(4)
	for i := range patchSize {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		d0, d1, d2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		d3, d4, d5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		t3, t4, t5 := (*row)(to[3*dst.step:]), (*row)(to[4*dst.step:]), (*row)(to[5*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v0 := archsimd.LoadFloat32x8Array((*[lanes]float32)(d0[l:]))
			v1 := archsimd.LoadFloat32x8Array((*[lanes]float32)(d1[l:]))
			v2 := archsimd.LoadFloat32x8Array((*[lanes]float32)(d2[l:]))
			v3 := archsimd.LoadFloat32x8Array((*[lanes]float32)(d3[l:]))
			v4 := archsimd.LoadFloat32x8Array((*[lanes]float32)(d4[l:]))
			v5 := archsimd.LoadFloat32x8Array((*[lanes]float32)(d5[l:]))
			a, b := v4.Sub(four.Mul(v2)), v3.Sub(four.Mul(v1))
			c, e := v4.Sub(v2), two.Mul(v3.Sub(v1))
			four.MulAdd(v0.Sub(v2), c).StoreArray((*[lanes]float32)(t0[l:]))
			a.Add(b).StoreArray((*[lanes]float32)(t1[l:]))
			a.Sub(b).StoreArray((*[lanes]float32)(t2[l:]))
			c.Add(e).StoreArray((*[lanes]float32)(t3[l:]))
			c.Sub(e).StoreArray((*[lanes]float32)(t4[l:]))
			four.MulAdd(v1.Sub(v3), v5.Sub(v3)).StoreArray((*[lanes]float32)(t5[l:]))
		}
	}
	archsimd.ClearAVXUpperBits()
}

// fromFrequenciesAVX2 is fromFrequenciesPlain.
func fromFrequenciesAVX2(dst, src lattice, groups int) {
	two, four, eight := archsimd.BroadcastFloat32x8(2), archsimd.BroadcastFloat32x8(4), archsimd.BroadcastFloat32x8(8)
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		m0, m1, m2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		m3, m4, m5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2, t3 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:]), (*row)(to[3*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v1 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m1[l:]))
			v2 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m2[l:]))
			v3 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m3[l:]))
			v4 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m4[l:]))
			p, q, r, s := v1.Add(v2), v1.Sub(v2), v3.Add(v4), v3.Sub(v4)
			archsimd.LoadFloat32x8Array((*[lanes]float32)(m0[l:])).Add(p).Add(r).StoreArray((*[lanes]float32)(t0[l:]))
			two.MulAdd(s, q).StoreArray((*[lanes]float32)(t1[l:]))
			four.MulAdd(r, p).StoreArray((*[lanes]float32)(t2[l:]))
			eight.MulAdd(s, q).Add(archsimd.LoadFloat32x8Array((*[lanes]float32)(m5[l:]))).StoreArray((*[lanes]float32)(t3[l:]))
		}
	}
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

// normaliseAVX2 is normalisePlain.
func normaliseAVX2(y, x []float32, mean, gain, shift, least float32) {
	m, g := archsimd.BroadcastFloat32x8(mean), archsimd.BroadcastFloat32x8(gain)
	s, low := archsimd.BroadcastFloat32x8(shift), archsimd.BroadcastFloat32x8(least)
	for len(x) >= lanes && len(y) >= lanes {
		v := archsimd.LoadFloat32x8Array((*[lanes]float32)(x)).Sub(m).MulAdd(g, s)
		low.Max(v).StoreArray((*[lanes]float32)(y)) // in this order NaN stays NaN
		x, y = x[lanes:], y[lanes:]
	}
	archsimd.ClearAVXUpperBits()
	normalisePlain(y, x, mean, gain, shift, least)
}

// spinAVX2 is spinPlain. Twelve sums are more than the eight or ten that a processor has in the making.
func spinAVX2(turns int) float32 {
	v := archsimd.BroadcastFloat32x8(1 / float32(turns+1))
	s0, s1, s2 := v, v.Add(v), v.Mul(v)
	s3, s4, s5 := s1.Add(s0), s1.Add(s1), s1.Add(s2)
	s6, s7, s8 := s2.Add(s0), s2.Add(s2), s2.Mul(s2)
	s9, s10, s11 := s8.Add(s0), s8.Add(s1), s8.Add(s2)
	for range turns {
		s0 = s0.MulAdd(v, v)
		s1 = s1.MulAdd(v, v)
		s2 = s2.MulAdd(v, v)
		s3 = s3.MulAdd(v, v)
		s4 = s4.MulAdd(v, v)
		s5 = s5.MulAdd(v, v)
		s6 = s6.MulAdd(v, v)
		s7 = s7.MulAdd(v, v)
		s8 = s8.MulAdd(v, v)
		s9 = s9.MulAdd(v, v)
		s10 = s10.MulAdd(v, v)
		s11 = s11.MulAdd(v, v)
	}
	var out [lanes]float32
	s0.Add(s1).Add(s2.Add(s3)).Add(s4.Add(s5)).Add(s6.Add(s7)).Add(s8.Add(s9).Add(s10.Add(s11))).StoreArray(&out)
	archsimd.ClearAVXUpperBits()
	return out[0]
}
