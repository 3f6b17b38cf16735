//go:build go1.27 && !go1.28 && goexperiment.simd && (amd64 || arm64 || wasm)

package cpu

// What follows is written once for vectors of any length (vector_amd64.go, vector_quad.go). Products are not: how many sums fit the registers
// differs.

const spreadPanel = 4 << 10 // float32s of a spread panel: half of a first-level cache

// spreadSIMD repeats each weight in all lanes of a vector. Broadcasting in the inner loop instead would halve its speed: the compiler makes
// that a shuffle, which competes with the multiplications for ports, whereas a plain load is free.
func spreadSIMD(buf, weights []float32) []float32 {
	buf = buf[:len(weights)*lanes]
	for at := buf; len(weights) >= panelRows && len(at) >= panelRows*lanes; {
		w, to := (*[panelRows]float32)(weights), (*[panelRows * lanes]float32)(at)
		repeat(w[0]).StoreArray((*[lanes]float32)(to[0:]))
		repeat(w[1]).StoreArray((*[lanes]float32)(to[lanes:]))
		repeat(w[2]).StoreArray((*[lanes]float32)(to[2*lanes:]))
		repeat(w[3]).StoreArray((*[lanes]float32)(to[3*lanes:]))
		weights, at = weights[len(w):], at[len(to):]
	}
	leaveVectors()
	return buf
}

// toFrequenciesSIMD is toFrequenciesPlain.
func toFrequenciesSIMD(dst, src lattice) {
	two, four := repeat(2), repeat(4)
	for i := range patchSize {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		d0, d1, d2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		d3, d4, d5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		t3, t4, t5 := (*row)(to[3*dst.step:]), (*row)(to[4*dst.step:]), (*row)(to[5*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v0 := load((*[lanes]float32)(d0[l:]))
			v1 := load((*[lanes]float32)(d1[l:]))
			v2 := load((*[lanes]float32)(d2[l:]))
			v3 := load((*[lanes]float32)(d3[l:]))
			v4 := load((*[lanes]float32)(d4[l:]))
			v5 := load((*[lanes]float32)(d5[l:]))
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
	leaveVectors()
}

// fromFrequenciesSIMD is fromFrequenciesPlain.
func fromFrequenciesSIMD(dst, src lattice, groups int) {
	two, four, eight := repeat(2), repeat(4), repeat(8)
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		m0, m1, m2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		m3, m4, m5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2, t3 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:]), (*row)(to[3*dst.step:])
		for l := 0; l <= panelPixels-lanes; l += lanes {
			v1 := load((*[lanes]float32)(m1[l:]))
			v2 := load((*[lanes]float32)(m2[l:]))
			v3 := load((*[lanes]float32)(m3[l:]))
			v4 := load((*[lanes]float32)(m4[l:]))
			p, q, r, s := v1.Add(v2), v1.Sub(v2), v3.Add(v4), v3.Sub(v4)
			load((*[lanes]float32)(m0[l:])).Add(p).Add(r).StoreArray((*[lanes]float32)(t0[l:]))
			two.MulAdd(s, q).StoreArray((*[lanes]float32)(t1[l:]))
			four.MulAdd(r, p).StoreArray((*[lanes]float32)(t2[l:]))
			eight.MulAdd(s, q).Add(load((*[lanes]float32)(m5[l:]))).StoreArray((*[lanes]float32)(t3[l:]))
		}
	}
	leaveVectors()
}

// normaliseSIMD is normalisePlain.
func normaliseSIMD(y, x []float32, mean, gain, shift, least float32) {
	m, g := repeat(mean), repeat(gain)
	s, low := repeat(shift), repeat(least)
	for len(x) >= lanes && len(y) >= lanes {
		v := load((*[lanes]float32)(x)).Sub(m).MulAdd(g, s)
		low.Max(v).StoreArray((*[lanes]float32)(y)) // in this order NaN stays NaN
		x, y = x[lanes:], y[lanes:]
	}
	leaveVectors()
	normalisePlain(y, x, mean, gain, shift, least)
}

// spinSIMD is spinPlain. Twelve sums are more than the eight or ten that a processor has in the making.
func spinSIMD(turns int) float32 {
	v := repeat(1 / float32(turns+1))
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
	leaveVectors()
	return out[0]
}
