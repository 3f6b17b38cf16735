package cpu

// plainLeaf is the arithmetic in plain Go: 4×4 sums at a time in registers, which compilers for amd64, arm64 and wasm all manage.
func plainLeaf() *leaf {
	return &leaf{name: "plain", blockPixels: 64, spread: func(_, weights []float32) []float32 { return weights }, multiply: multiplyPlain}
}

func multiplyPlain(t *microTile, weights, pixels []float32) {
	for lane := 0; lane < panelPixels; lane += 4 {
		var s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33 float32
		w, x := weights, pixels[lane:]
		for len(w) >= panelRows && len(x) >= 4 {
			a, b := (*[panelRows]float32)(w), (*[4]float32)(x)
			s00 += a[0] * b[0]
			s01 += a[0] * b[1]
			s02 += a[0] * b[2]
			s03 += a[0] * b[3]
			s10 += a[1] * b[0]
			s11 += a[1] * b[1]
			s12 += a[1] * b[2]
			s13 += a[1] * b[3]
			s20 += a[2] * b[0]
			s21 += a[2] * b[1]
			s22 += a[2] * b[2]
			s23 += a[2] * b[3]
			s30 += a[3] * b[0]
			s31 += a[3] * b[1]
			s32 += a[3] * b[2]
			s33 += a[3] * b[3]
			w, x = w[panelRows:], x[min(panelPixels, len(x)):]
		}
		add4((*[4]float32)(t[lane:]), s00, s01, s02, s03)
		add4((*[4]float32)(t[panelPixels+lane:]), s10, s11, s12, s13)
		add4((*[4]float32)(t[2*panelPixels+lane:]), s20, s21, s22, s23)
		add4((*[4]float32)(t[3*panelPixels+lane:]), s30, s31, s32, s33)
	}
}

func add4(t *[4]float32, a, b, c, d float32) {
	t[0] += a
	t[1] += b
	t[2] += c
	t[3] += d
}
