//go:build go1.27 && !go1.28 && goexperiment.simd && (amd64 || arm64)

package cpu

// slopeSIMD is slopePlain.
func slopeSIMD(dx, at, dy []float32, below float32) {
	none, factor := repeat(0), repeat(below)
	for len(dx) >= lanes && len(at) >= lanes && len(dy) >= lanes {
		v, above := load((*[lanes]float32)(dy)), load((*[lanes]float32)(at)).Greater(none)
		if below == 0 {
			v = v.Masked(above)
		} else {
			v = v.IfElse(above, factor.Mul(v))
		}
		v.StoreArray((*[lanes]float32)(dx))
		dx, at, dy = dx[lanes:], at[lanes:], dy[lanes:]
	}
	leaveVectors()
	slopePlain(dx, at, dy, below)
}
