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

// spreadSquaresAVX2 is spreadSquaresPlain.
func spreadSquaresAVX2(dst, src lattice, groups int) {
	two, four := archsimd.BroadcastFloat32x8(2), archsimd.BroadcastFloat32x8(4)
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		y0, y1, y2, y3 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:]), (*row)(from[3*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		t3, t4, t5 := (*row)(to[3*dst.step:]), (*row)(to[4*dst.step:]), (*row)(to[5*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v0 := archsimd.LoadFloat32x8Array((*[lanes]float32)(y0[l:]))
			v1 := archsimd.LoadFloat32x8Array((*[lanes]float32)(y1[l:]))
			v2 := archsimd.LoadFloat32x8Array((*[lanes]float32)(y2[l:]))
			v3 := archsimd.LoadFloat32x8Array((*[lanes]float32)(y3[l:]))
			even, odd := v0.Add(v2), v1.Add(v3)
			even2, odd2 := four.MulAdd(v2, v0), two.Mul(four.MulAdd(v3, v1))
			v0.StoreArray((*[lanes]float32)(t0[l:]))
			even.Add(odd).StoreArray((*[lanes]float32)(t1[l:]))
			even.Sub(odd).StoreArray((*[lanes]float32)(t2[l:]))
			even2.Add(odd2).StoreArray((*[lanes]float32)(t3[l:]))
			even2.Sub(odd2).StoreArray((*[lanes]float32)(t4[l:]))
			v3.StoreArray((*[lanes]float32)(t5[l:]))
		}
	}
	archsimd.ClearAVXUpperBits()
}

// gatherKernelsAVX2 is gatherKernelsPlain.
func gatherKernelsAVX2(dst, src lattice, groups int) {
	two, four := archsimd.BroadcastFloat32x8(2), archsimd.BroadcastFloat32x8(4)
	six, twentyFour := archsimd.BroadcastFloat32x8(6), archsimd.BroadcastFloat32x8(24)
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		m0, m1, m2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		m3, m4, m5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v1 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m1[l:]))
			v2 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m2[l:]))
			v3 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m3[l:]))
			v4 := archsimd.LoadFloat32x8Array((*[lanes]float32)(m4[l:]))
			near, far := v1.Add(v2), v3.Add(v4)
			six.MulAdd(archsimd.LoadFloat32x8Array((*[lanes]float32)(m0[l:])), far.Sub(four.Mul(near))).StoreArray((*[lanes]float32)(t0[l:]))
			four.MulAdd(v2.Sub(v1), two.Mul(v3.Sub(v4))).StoreArray((*[lanes]float32)(t1[l:]))
			twentyFour.MulAdd(archsimd.LoadFloat32x8Array((*[lanes]float32)(m5[l:])), four.Mul(far.Sub(near))).StoreArray((*[lanes]float32)(t2[l:]))
		}
	}
	archsimd.ClearAVXUpperBits()
}
