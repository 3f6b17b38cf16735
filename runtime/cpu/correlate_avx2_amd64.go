//go:build go1.27 && !go1.28 && goexperiment.simd && amd64

package cpu

import "simd/archsimd"

// correlateAVX2 keeps the tile in eight registers, as multiplyAVX2 does.
func correlateAVX2(t *corrTile, rows, a, b []float32) {
	s00 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[0:]))
	s01 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[8:]))
	s10 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[16:]))
	s11 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[24:]))
	s20 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[32:]))
	s21 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[40:]))
	s30 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[48:]))
	s31 := archsimd.LoadFloat32x8Array((*[lanes]float32)(t[56:]))
	const rowStep, tapStep = corrStep * corrRows * corrLanes, corrStep * corrLanes
	for len(rows) >= rowStep && len(a) >= tapStep && len(b) >= tapStep {
		w, xa, xb := (*[rowStep]float32)(rows), (*[tapStep]float32)(a), (*[tapStep]float32)(b)

		x0 := archsimd.LoadFloat32x8Array((*[lanes]float32)(xa[0:]))
		x1 := archsimd.LoadFloat32x8Array((*[lanes]float32)(xb[0:]))
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

		x0 = archsimd.LoadFloat32x8Array((*[lanes]float32)(xa[8:]))
		x1 = archsimd.LoadFloat32x8Array((*[lanes]float32)(xb[8:]))
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

		rows, a, b = rows[rowStep:], a[tapStep:], b[tapStep:]
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
