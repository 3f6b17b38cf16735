package cpu

// plainLeaf is the arithmetic in plain Go, for processors and builds without SIMD, WebAssembly above all.
func plainLeaf() *leaf {
	l := &leaf{name: "plain", supported: true,
		blockPixels: 64, spreadDepth: sliceDepth, spread: func(_, weights []float32) []float32 { return weights }, multiply: multiplyPlain,
		toFrequencies: toFrequenciesPlain, fromFrequencies: fromFrequenciesPlain, kernels: kernelsPlain,
		correlate: correlatePlain, adam: adamPlain,
		moments: momentsPlain, normalise: normalisePlain, spin: spinPlain, spinFlops: 2 * 12}
	addNative(l)
	return l
}

// multiplyPlain computes the tile in pieces of 2×4: eight sums and what they are made of fit the registers that compilers have for floats.
func multiplyPlain(t *microTile, weights, pixels []float32) {
	for row := 0; row < panelRows; row += 2 {
		for lane := 0; lane < panelPixels; lane += 4 {
			multiplyPiece(t[row*panelPixels+lane:], weights[row:], pixels[lane:], len(weights)/panelRows)
		}
	}
}

// multiplyPiece is multiplyPlain for a piece. It takes depthStep steps a turn, because a turn of a loop is dear in WebAssembly, and more so in
// a function that has other loops: all of them share one entry, through which every local variable passes.
func multiplyPiece(t, weights, pixels []float32, depth int) {
	const (
		weightSpan = (depthStep-1)*panelRows + 2
		pixelSpan  = (depthStep-1)*panelPixels + 4
	)
	t0, t1 := (*[4]float32)(t), (*[4]float32)(t[panelPixels:])
	s00, s01, s02, s03 := t0[0], t0[1], t0[2], t0[3]
	s10, s11, s12, s13 := t1[0], t1[1], t1[2], t1[3]
	for k := depthStep; ; k += depthStep {
		w, x := (*[weightSpan]float32)(weights), (*[pixelSpan]float32)(pixels)

		x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
		v := w[0]
		s00 += v * x0
		s01 += v * x1
		s02 += v * x2
		s03 += v * x3
		v = w[1]
		s10 += v * x0
		s11 += v * x1
		s12 += v * x2
		s13 += v * x3

		x0, x1, x2, x3 = x[16], x[17], x[18], x[19]
		v = w[4]
		s00 += v * x0
		s01 += v * x1
		s02 += v * x2
		s03 += v * x3
		v = w[5]
		s10 += v * x0
		s11 += v * x1
		s12 += v * x2
		s13 += v * x3

		x0, x1, x2, x3 = x[32], x[33], x[34], x[35]
		v = w[8]
		s00 += v * x0
		s01 += v * x1
		s02 += v * x2
		s03 += v * x3
		v = w[9]
		s10 += v * x0
		s11 += v * x1
		s12 += v * x2
		s13 += v * x3

		x0, x1, x2, x3 = x[48], x[49], x[50], x[51]
		v = w[12]
		s00 += v * x0
		s01 += v * x1
		s02 += v * x2
		s03 += v * x3
		v = w[13]
		s10 += v * x0
		s11 += v * x1
		s12 += v * x2
		s13 += v * x3
		if k >= depth {
			break
		}
		weights, pixels = weights[depthStep*panelRows:], pixels[depthStep*panelPixels:]
	}
	*t0, *t1 = [4]float32{s00, s01, s02, s03}, [4]float32{s10, s11, s12, s13}
}

// toFrequenciesPlain is the matrix Bᵀ of Winograd's filtering.
func toFrequenciesPlain(dst, src lattice) {
	for i := range patchSize {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		d0, d1, d2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		d3, d4, d5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:])
		t3, t4, t5 := (*row)(to[3*dst.step:]), (*row)(to[4*dst.step:]), (*row)(to[5*dst.step:])
		for l := range panelPixels {
			v0, v1, v2, v3, v4, v5 := d0[l], d1[l], d2[l], d3[l], d4[l], d5[l]
			a, b, c, e := v4-4*v2, v3-4*v1, v4-v2, 2*(v3-v1)
			t0[l], t1[l], t2[l] = 4*(v0-v2)+c, a+b, a-b
			t3[l], t4[l], t5[l] = c+e, c-e, 4*(v1-v3)+(v5-v3)
		}
	}
}

// fromFrequenciesPlain is the matrix Aᵀ.
func fromFrequenciesPlain(dst, src lattice, groups int) {
	for i := range groups {
		from, to := src.values[i*src.next:], dst.values[i*dst.next:]
		m0, m1, m2 := (*row)(from), (*row)(from[src.step:]), (*row)(from[2*src.step:])
		m3, m4, m5 := (*row)(from[3*src.step:]), (*row)(from[4*src.step:]), (*row)(from[5*src.step:])
		t0, t1, t2, t3 := (*row)(to), (*row)(to[dst.step:]), (*row)(to[2*dst.step:]), (*row)(to[3*dst.step:])
		for l := range panelPixels {
			p, q, r, s := m1[l]+m2[l], m1[l]-m2[l], m3[l]+m4[l], m3[l]-m4[l]
			t0[l], t1[l], t2[l], t3[l] = m0[l]+p+r, q+2*s, p+4*r, q+8*s+m5[l]
		}
	}
}

// momentsPlain goes over x twice in float64: one pass of plain sums of squares would cancel where the mean is far from zero. Four chains of
// sums, because a processor adds them at the same time.
func momentsPlain(x []float32) stats {
	count := float64(len(x))
	var s0, s1, s2, s3 float64
	rest := x
	for ; len(rest) >= 4; rest = rest[4:] {
		s0 += float64(rest[0])
		s1 += float64(rest[1])
		s2 += float64(rest[2])
		s3 += float64(rest[3])
	}
	for _, v := range rest {
		s0 += float64(v)
	}
	mean := ((s0 + s1) + (s2 + s3)) / count
	s0, s1, s2, s3 = 0, 0, 0, 0
	for rest = x; len(rest) >= 4; rest = rest[4:] {
		d0, d1, d2, d3 := float64(rest[0])-mean, float64(rest[1])-mean, float64(rest[2])-mean, float64(rest[3])-mean
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for _, v := range rest {
		s0 += (float64(v) - mean) * (float64(v) - mean)
	}
	return stats{count, mean, (s0 + s1) + (s2 + s3)}
}

// normalisePlain avoids max where nothing is below the least value, because in WebAssembly it is a call.
func normalisePlain(y, x []float32, mean, gain, shift, least float32) {
	for i, v := range x {
		if v = (v-mean)*gain + shift; v < least {
			v = least
		}
		y[i] = v
	}
}

// spinPlain keeps twelve sums: each waits for its own multiplication and addition, and the others fill the time. They begin apart, or the
// compiler would see that they are one.
func spinPlain(turns int) float32 {
	v := 1 / float32(turns+1)
	s0, s1, s2, s3, s4, s5 := v, 2*v, 3*v, 4*v, 5*v, 6*v
	s6, s7, s8, s9, s10, s11 := 7*v, 8*v, 9*v, 10*v, 11*v, 12*v
	for range turns {
		s0 = s0*v + v
		s1 = s1*v + v
		s2 = s2*v + v
		s3 = s3*v + v
		s4 = s4*v + v
		s5 = s5*v + v
		s6 = s6*v + v
		s7 = s7*v + v
		s8 = s8*v + v
		s9 = s9*v + v
		s10 = s10*v + v
		s11 = s11*v + v
	}
	return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + ((s8 + s9) + (s10 + s11))
}
