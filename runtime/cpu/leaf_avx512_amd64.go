//go:build go1.27 && !go1.28 && goexperiment.simd && amd64

package cpu

import "simd/archsimd"

// avx512Leaf is avx2Leaf with longer vectors for the products, where the time goes, and for the measure of the peak. Gradients of weights lie in
// lanes of eight; the rest waits for memory more than for arithmetic.
//
// It was compiled, read in disassembly (products are FMAs on ZMM registers, and nothing is spilled) and tested on an emulated processor
// (Bochs). At the time of writing it has not run on a real one: that it is right is proved before each use, that it is faster is not measured.
func avx512Leaf() *leaf {
	l := avx2Leaf()
	l.name, l.supported = "AVX-512 SIMD", l.supported && archsimd.X86.AVX512()
	l.spreadDepth, l.spreadSize, l.spread = spreadPanel/(panelRows*wideLanes), panelRows*wideLanes, spreadAVX512
	l.multiply, l.multiplyPair = multiplyAVX512, multiplyPairAVX512
	l.taps = tapsAVX512
	l.spin, l.spinFlops = spinAVX512, 2*12*wideLanes
	return l
}

// wideLanes is the number of float32s in a vector register of AVX-512: a row of a micro tile.
const wideLanes = 16

// wide is what such a register loads and stores.
type wide = *[wideLanes]float32

// spreadAVX512 is spreadSIMD with vectors twice as long.
func spreadAVX512(buf, weights []float32) []float32 {
	buf = buf[:len(weights)*wideLanes]
	for at := buf; len(weights) >= panelRows && len(at) >= panelRows*wideLanes; {
		w, to := (*[panelRows]float32)(weights), (*[panelRows * wideLanes]float32)(at)
		archsimd.BroadcastFloat32x16(w[0]).StoreArray((wide)(to[0:]))
		archsimd.BroadcastFloat32x16(w[1]).StoreArray((wide)(to[16:]))
		archsimd.BroadcastFloat32x16(w[2]).StoreArray((wide)(to[32:]))
		archsimd.BroadcastFloat32x16(w[3]).StoreArray((wide)(to[48:]))
		weights, at = weights[len(w):], at[len(to):]
	}
	archsimd.ClearAVXUpperBits()
	return buf
}

// multiplyAVX512 computes a column that has no neighbour. That is rare, and so it is done as half of a pair.
func multiplyAVX512(t *microTile, weights, pixels []float32) {
	var pair tilePair
	*(*microTile)(pair[:]) = *t
	multiplyPairAVX512(&pair, weights, pixels, pixels)
	*t = *(*microTile)(pair[:])
}

// multiplyPairAVX512 is multiplyAVX2 for two columns, which keep eight registers busy where one would have four: too few to hide how long a
// multiplication takes, and five loads for four of them instead of six for eight.
func multiplyPairAVX512(t *tilePair, weights, pixels, beside []float32) {
	s00 := archsimd.LoadFloat32x16Array((wide)(t[0:]))
	s10 := archsimd.LoadFloat32x16Array((wide)(t[16:]))
	s20 := archsimd.LoadFloat32x16Array((wide)(t[32:]))
	s30 := archsimd.LoadFloat32x16Array((wide)(t[48:]))
	s01 := archsimd.LoadFloat32x16Array((wide)(t[64:]))
	s11 := archsimd.LoadFloat32x16Array((wide)(t[80:]))
	s21 := archsimd.LoadFloat32x16Array((wide)(t[96:]))
	s31 := archsimd.LoadFloat32x16Array((wide)(t[112:]))
	for len(weights) >= depthStep*panelRows*wideLanes && len(pixels) >= depthStep*panelPixels && len(beside) >= depthStep*panelPixels {
		w := (*[depthStep * panelRows * wideLanes]float32)(weights)
		x, y := (*[depthStep * panelPixels]float32)(pixels), (*[depthStep * panelPixels]float32)(beside)

		p0 := archsimd.LoadFloat32x16Array((wide)(x[0:]))
		p1 := archsimd.LoadFloat32x16Array((wide)(y[0:]))
		v := archsimd.LoadFloat32x16Array((wide)(w[0:]))
		s00 = v.MulAdd(p0, s00)
		s01 = v.MulAdd(p1, s01)
		v = archsimd.LoadFloat32x16Array((wide)(w[16:]))
		s10 = v.MulAdd(p0, s10)
		s11 = v.MulAdd(p1, s11)
		v = archsimd.LoadFloat32x16Array((wide)(w[32:]))
		s20 = v.MulAdd(p0, s20)
		s21 = v.MulAdd(p1, s21)
		v = archsimd.LoadFloat32x16Array((wide)(w[48:]))
		s30 = p0.MulAdd(v, s30)
		s31 = p1.MulAdd(v, s31)

		p0 = archsimd.LoadFloat32x16Array((wide)(x[16:]))
		p1 = archsimd.LoadFloat32x16Array((wide)(y[16:]))
		v = archsimd.LoadFloat32x16Array((wide)(w[64:]))
		s00 = v.MulAdd(p0, s00)
		s01 = v.MulAdd(p1, s01)
		v = archsimd.LoadFloat32x16Array((wide)(w[80:]))
		s10 = v.MulAdd(p0, s10)
		s11 = v.MulAdd(p1, s11)
		v = archsimd.LoadFloat32x16Array((wide)(w[96:]))
		s20 = v.MulAdd(p0, s20)
		s21 = v.MulAdd(p1, s21)
		v = archsimd.LoadFloat32x16Array((wide)(w[112:]))
		s30 = p0.MulAdd(v, s30)
		s31 = p1.MulAdd(v, s31)

		p0 = archsimd.LoadFloat32x16Array((wide)(x[32:]))
		p1 = archsimd.LoadFloat32x16Array((wide)(y[32:]))
		v = archsimd.LoadFloat32x16Array((wide)(w[128:]))
		s00 = v.MulAdd(p0, s00)
		s01 = v.MulAdd(p1, s01)
		v = archsimd.LoadFloat32x16Array((wide)(w[144:]))
		s10 = v.MulAdd(p0, s10)
		s11 = v.MulAdd(p1, s11)
		v = archsimd.LoadFloat32x16Array((wide)(w[160:]))
		s20 = v.MulAdd(p0, s20)
		s21 = v.MulAdd(p1, s21)
		v = archsimd.LoadFloat32x16Array((wide)(w[176:]))
		s30 = p0.MulAdd(v, s30)
		s31 = p1.MulAdd(v, s31)

		p0 = archsimd.LoadFloat32x16Array((wide)(x[48:]))
		p1 = archsimd.LoadFloat32x16Array((wide)(y[48:]))
		v = archsimd.LoadFloat32x16Array((wide)(w[192:]))
		s00 = v.MulAdd(p0, s00)
		s01 = v.MulAdd(p1, s01)
		v = archsimd.LoadFloat32x16Array((wide)(w[208:]))
		s10 = v.MulAdd(p0, s10)
		s11 = v.MulAdd(p1, s11)
		v = archsimd.LoadFloat32x16Array((wide)(w[224:]))
		s20 = v.MulAdd(p0, s20)
		s21 = v.MulAdd(p1, s21)
		v = archsimd.LoadFloat32x16Array((wide)(w[240:]))
		s30 = p0.MulAdd(v, s30)
		s31 = p1.MulAdd(v, s31)

		weights, pixels, beside = weights[len(w):], pixels[len(x):], beside[len(y):]
	}
	s00.StoreArray((wide)(t[0:]))
	s10.StoreArray((wide)(t[16:]))
	s20.StoreArray((wide)(t[32:]))
	s30.StoreArray((wide)(t[48:]))
	s01.StoreArray((wide)(t[64:]))
	s11.StoreArray((wide)(t[80:]))
	s21.StoreArray((wide)(t[96:]))
	s31.StoreArray((wide)(t[112:]))
	archsimd.ClearAVXUpperBits()
}

// spinAVX512 is spinSIMD.
func spinAVX512(turns int) float32 {
	v := archsimd.BroadcastFloat32x16(1 / float32(turns+1))
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
	var out [wideLanes]float32
	s0.Add(s1).Add(s2.Add(s3)).Add(s4.Add(s5)).Add(s6.Add(s7)).Add(s8.Add(s9).Add(s10.Add(s11))).StoreArray(&out)
	archsimd.ClearAVXUpperBits()
	return out[0]
}
