//go:build !js

package cpu

// addNative gives a plain leaf what the page does without.
func addNative(l *leaf) {
	l.spreadSquares, l.gatherKernels, l.taps = spreadSquaresPlain, gatherKernelsPlain, tapsPlain
}

// tapsPlain computes the tiles in pieces, as multiplyPlain.
func tapsPlain(t *tilePair, weights, x []float32, places []int32) {
	for column := range 2 {
		for row := 0; row < panelRows; row += 2 {
			for lane := 0; lane < panelPixels; lane += 4 {
				t0 := (*[4]float32)(t[(column*panelRows+row)*panelPixels+lane:])
				t1 := (*[4]float32)(t[(column*panelRows+row+1)*panelPixels+lane:])
				s00, s01, s02, s03 := t0[0], t0[1], t0[2], t0[3]
				s10, s11, s12, s13 := t1[0], t1[1], t1[2], t1[3]
				for k, at := range places {
					w, p := (*[2]float32)(weights[k*panelRows+row:]), (*[4]float32)(x[int(at)+column*panelPixels+lane:])
					s00 += w[0] * p[0]
					s01 += w[0] * p[1]
					s02 += w[0] * p[2]
					s03 += w[0] * p[3]
					s10 += w[1] * p[0]
					s11 += w[1] * p[1]
					s12 += w[1] * p[2]
					s13 += w[1] * p[3]
				}
				*t0, *t1 = [4]float32{s00, s01, s02, s03}, [4]float32{s10, s11, s12, s13}
			}
		}
	}
}

// spreadSquaresPlain is the matrix A.
func spreadSquaresPlain(dst, src lattice, groups int) {
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		y0, y1, y2, y3 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:]), (*row)(from[3*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		t3, t4, t5 := (*row)(to[3*dst.step:]), (*row)(to[4*dst.step:]), (*row)(to[5*dst.step:])
		for l := range panelPixels {
			even, odd := y0[l]+y2[l], y1[l]+y3[l]
			even2, odd2 := y0[l]+4*y2[l], 2*(y1[l]+4*y3[l])
			t0[l], t1[l], t2[l], t3[l], t4[l], t5[l] = y0[l], even+odd, even-odd, even2+odd2, even2-odd2, y3[l]
		}
	}
}

// gatherKernelsPlain is the matrix Gᵀ, times 24.
func gatherKernelsPlain(dst, src lattice, groups int) {
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		m0, m1, m2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		m3, m4, m5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		for l := range panelPixels {
			near, far := m1[l]+m2[l], m3[l]+m4[l]
			t0[l], t1[l], t2[l] = 6*m0[l]-4*near+far, 4*(m2[l]-m1[l])+2*(m3[l]-m4[l]), 4*(far-near)+24*m5[l]
		}
	}
}
