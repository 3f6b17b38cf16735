//go:build go1.27 && !go1.28 && goexperiment.simd

package cpu

import "unsafe"

// quad is what a vector of four loads and stores.
type quad = *[lanes]float32

// multiplyWasm computes the tile in halves, whose sums fit the sixteen registers of WebAssembly's vectors beside their products. Weights come as they
// are packed: broadcasting one in the loop takes no longer than loading it spread, and spreading all took a seventh of a small picture's time.
func multiplyWasm(t *microTile, weights, pixels []float32) {
	turns := min(len(weights)/panelRows, len(pixels)/panelPixels) / depthStep
	if turns == 0 {
		return
	}
	w := unsafe.Pointer(unsafe.SliceData(weights))
	multiplyHalf((*halfTile)(t[:]), w, unsafe.Pointer(unsafe.SliceData(pixels)), turns)
	multiplyHalf((*halfTile)(t[2*lanes:]), w, unsafe.Pointer(unsafe.SliceData(pixels[2*lanes:])), turns)
}

// halfTile is half of the columns of a microTile, with what lies between.
type halfTile = [(panelRows-1)*panelPixels + 2*lanes]float32

// multiplyHalf begins at zero and adds its sums to t last, so that its loop holds nothing but them, two pointers and a counter: a turn of a loop
// is dear in WebAssembly, where all of these pass through one entry. For that, too, it takes depthStep steps a turn.
// What it loads it loads by load, not by archsimd's function: the marks that inlined calls leave keep the compiler from putting all of a step's
// products before its sums, which would spill sixteen vectors a turn and halve the speed.
func multiplyHalf(t *halfTile, weights, pixels unsafe.Pointer, turns int) {
	var s00, s01, s10, s11, s20, s21, s30, s31 vector
	for {
		x0 := load(quad(pixels))
		x1 := load(quad(unsafe.Add(pixels, 4*4)))
		v := repeat(*(*float32)(weights))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*1)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*2)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*3)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		x0 = load(quad(unsafe.Add(pixels, 4*16)))
		x1 = load(quad(unsafe.Add(pixels, 4*20)))
		v = repeat(*(*float32)(unsafe.Add(weights, 4*4)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*5)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*6)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*7)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		x0 = load(quad(unsafe.Add(pixels, 4*32)))
		x1 = load(quad(unsafe.Add(pixels, 4*36)))
		v = repeat(*(*float32)(unsafe.Add(weights, 4*8)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*9)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*10)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*11)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		x0 = load(quad(unsafe.Add(pixels, 4*48)))
		x1 = load(quad(unsafe.Add(pixels, 4*52)))
		v = repeat(*(*float32)(unsafe.Add(weights, 4*12)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*13)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*14)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = repeat(*(*float32)(unsafe.Add(weights, 4*15)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		if turns--; turns == 0 {
			break // before pointers leave what they point into
		}
		weights, pixels = unsafe.Add(weights, 4*depthStep*panelRows), unsafe.Add(pixels, 4*depthStep*panelPixels)
	}
	load(quad(t[0:])).Add(s00).StoreArray(quad(t[0:]))
	load(quad(t[4:])).Add(s01).StoreArray(quad(t[4:]))
	load(quad(t[16:])).Add(s10).StoreArray(quad(t[16:]))
	load(quad(t[20:])).Add(s11).StoreArray(quad(t[20:]))
	load(quad(t[32:])).Add(s20).StoreArray(quad(t[32:]))
	load(quad(t[36:])).Add(s21).StoreArray(quad(t[36:]))
	load(quad(t[48:])).Add(s30).StoreArray(quad(t[48:]))
	load(quad(t[52:])).Add(s31).StoreArray(quad(t[52:]))
}
