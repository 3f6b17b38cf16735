package cpu

// plainLeaf is the arithmetic in plain Go, for processors and builds without SIMD, WebAssembly above all.
func plainLeaf() *leaf {
	return &leaf{name: "plain", blockPixels: 64, spread: func(_, weights []float32) []float32 { return weights }, multiply: multiplyPlain}
}

// multiplyPlain computes the tile in pieces of 2×4: eight sums and what they are made of fit the registers that compilers have for floats.
// It takes depthStep steps a turn, because a turn of a loop is dear in WebAssembly.
func multiplyPlain(t *microTile, weights, pixels []float32) {
	const (
		weightSpan = (depthStep-1)*panelRows + 2
		pixelSpan  = (depthStep-1)*panelPixels + 4
	)
	depth := len(weights) / panelRows
	for row := 0; row < panelRows; row += 2 {
		for lane := 0; lane < panelPixels; lane += 4 {
			t0, t1 := (*[4]float32)(t[row*panelPixels+lane:]), (*[4]float32)(t[(row+1)*panelPixels+lane:])
			s00, s01, s02, s03 := t0[0], t0[1], t0[2], t0[3]
			s10, s11, s12, s13 := t1[0], t1[1], t1[2], t1[3]
			for k := 0; k < depth; k += depthStep {
				w, x := (*[weightSpan]float32)(weights[k*panelRows+row:]), (*[pixelSpan]float32)(pixels[k*panelPixels+lane:])

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
			}
			*t0, *t1 = [4]float32{s00, s01, s02, s03}, [4]float32{s10, s11, s12, s13}
		}
	}
}
