//go:build go1.27 && !go1.28 && goexperiment.simd && (amd64 || arm64)

package cpu

// spreadSquaresSIMD is spreadSquaresPlain.
func spreadSquaresSIMD(dst, src lattice, groups int) {
	two, four := repeat(2), repeat(4)
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		y0, y1, y2, y3 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:]), (*row)(from[3*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		t3, t4, t5 := (*row)(to[3*dst.step:]), (*row)(to[4*dst.step:]), (*row)(to[5*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v0 := load((*[lanes]float32)(y0[l:]))
			v1 := load((*[lanes]float32)(y1[l:]))
			v2 := load((*[lanes]float32)(y2[l:]))
			v3 := load((*[lanes]float32)(y3[l:]))
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
	leaveVectors()
}

// gatherKernelsSIMD is gatherKernelsPlain.
func gatherKernelsSIMD(dst, src lattice, groups int) {
	two, four := repeat(2), repeat(4)
	six, twentyFour := repeat(6), repeat(24)
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		m0, m1, m2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		m3, m4, m5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v1 := load((*[lanes]float32)(m1[l:]))
			v2 := load((*[lanes]float32)(m2[l:]))
			v3 := load((*[lanes]float32)(m3[l:]))
			v4 := load((*[lanes]float32)(m4[l:]))
			near, far := v1.Add(v2), v3.Add(v4)
			six.MulAdd(load((*[lanes]float32)(m0[l:])), far.Sub(four.Mul(near))).StoreArray((*[lanes]float32)(t0[l:]))
			four.MulAdd(v2.Sub(v1), two.Mul(v3.Sub(v4))).StoreArray((*[lanes]float32)(t1[l:]))
			twentyFour.MulAdd(load((*[lanes]float32)(m5[l:])), four.Mul(far.Sub(near))).StoreArray((*[lanes]float32)(t2[l:]))
		}
	}
	leaveVectors()
}
