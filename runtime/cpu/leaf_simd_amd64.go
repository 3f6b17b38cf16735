//go:build goexperiment.simd && amd64

package cpu

import "simd/archsimd"

// bestLeaf is the fastest leaf of this build on this processor.
func bestLeaf() *leaf {
	if archsimd.X86.AVX2() && archsimd.X86.FMA() {
		return &leaf{name: "AVX2 SIMD", blockPixels: 256, spreadSize: panelRows * lanes, spread: spreadAVX2, multiply: multiplyAVX2}
	}
	return plainLeaf()
}

// lanes is the number of float32s in a vector register.
const lanes = 8

// spreadAVX2 repeats each weight in all lanes of a vector. Broadcasting in the inner loop instead would halve its speed: the compiler makes
// that a shuffle, which competes with the multiplications for ports, whereas a plain load is free.
func spreadAVX2(buf, weights []float32) []float32 {
	buf = buf[:len(weights)*lanes]
	for at := buf; len(weights) >= panelRows && len(at) >= panelRows*lanes; {
		w, to := (*[panelRows]float32)(weights), (*[panelRows * lanes]float32)(at)
		archsimd.BroadcastFloat32x8(w[0]).Store((*[lanes]float32)(to[0:]))
		archsimd.BroadcastFloat32x8(w[1]).Store((*[lanes]float32)(to[8:]))
		archsimd.BroadcastFloat32x8(w[2]).Store((*[lanes]float32)(to[16:]))
		archsimd.BroadcastFloat32x8(w[3]).Store((*[lanes]float32)(to[24:]))
		weights, at = weights[len(w):], at[len(to):]
	}
	archsimd.ClearAVXUpperBits()
	return buf
}

// multiplyAVX2 keeps the tile in eight registers. It is one block without calls, in the order in which the processor should see it, and
// takes depthStep steps a turn: the compiler moves every sum once at the end of a turn, and delays the last step's products to it.
func multiplyAVX2(t *microTile, weights, pixels []float32) {
	s00 := archsimd.LoadFloat32x8((*[lanes]float32)(t[0:]))
	s01 := archsimd.LoadFloat32x8((*[lanes]float32)(t[8:]))
	s10 := archsimd.LoadFloat32x8((*[lanes]float32)(t[16:]))
	s11 := archsimd.LoadFloat32x8((*[lanes]float32)(t[24:]))
	s20 := archsimd.LoadFloat32x8((*[lanes]float32)(t[32:]))
	s21 := archsimd.LoadFloat32x8((*[lanes]float32)(t[40:]))
	s30 := archsimd.LoadFloat32x8((*[lanes]float32)(t[48:]))
	s31 := archsimd.LoadFloat32x8((*[lanes]float32)(t[56:]))
	for len(weights) >= depthStep*panelRows*lanes && len(pixels) >= depthStep*panelPixels {
		w, x := (*[depthStep * panelRows * lanes]float32)(weights), (*[depthStep * panelPixels]float32)(pixels)

		x0 := archsimd.LoadFloat32x8((*[lanes]float32)(x[0:]))
		x1 := archsimd.LoadFloat32x8((*[lanes]float32)(x[8:]))
		v := archsimd.LoadFloat32x8((*[lanes]float32)(w[0:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[8:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[16:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[24:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		x0 = archsimd.LoadFloat32x8((*[lanes]float32)(x[16:]))
		x1 = archsimd.LoadFloat32x8((*[lanes]float32)(x[24:]))
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[32:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[40:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[48:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[56:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		x0 = archsimd.LoadFloat32x8((*[lanes]float32)(x[32:]))
		x1 = archsimd.LoadFloat32x8((*[lanes]float32)(x[40:]))
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[64:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[72:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[80:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[88:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		x0 = archsimd.LoadFloat32x8((*[lanes]float32)(x[48:]))
		x1 = archsimd.LoadFloat32x8((*[lanes]float32)(x[56:]))
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[96:]))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[104:]))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[112:]))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x8((*[lanes]float32)(w[120:]))
		s30 = x0.MulAdd(v, s30)
		s31 = x1.MulAdd(v, s31)

		weights, pixels = weights[len(w):], pixels[len(x):]
	}
	s00.Store((*[lanes]float32)(t[0:]))
	s01.Store((*[lanes]float32)(t[8:]))
	s10.Store((*[lanes]float32)(t[16:]))
	s11.Store((*[lanes]float32)(t[24:]))
	s20.Store((*[lanes]float32)(t[32:]))
	s21.Store((*[lanes]float32)(t[40:]))
	s30.Store((*[lanes]float32)(t[48:]))
	s31.Store((*[lanes]float32)(t[56:]))
	archsimd.ClearAVXUpperBits()
}
