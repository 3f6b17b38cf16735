//go:build go1.27 && !go1.28 && goexperiment.simd && arm64

package cpu

import (
	"simd/archsimd"
	"unsafe"
)

// quad is what a vector of four loads and stores.
type quad = *[lanes]float32

// multiplyNEON keeps the tile in sixteen of the thirty-two registers: eight loads for sixteen multiplications. It calls the compiler's own loads,
// since each call of a function of ours, though inlined, would leave a NOP in the loop; distances by unsafe.Add go into the loads.
func multiplyNEON(t *microTile, weights, pixels []float32) {
	if turns := min(len(weights)/(panelRows*lanes), len(pixels)/panelPixels) / depthStep; turns > 0 {
		multiplyTile(t, unsafe.Pointer(unsafe.SliceData(weights)), unsafe.Pointer(unsafe.SliceData(pixels)), turns)
	}
}

// multiplyTile begins at zero and adds its sums to t last: so its loop holds nothing but them, two pointers and a counter.
func multiplyTile(t *microTile, weights, pixels unsafe.Pointer, turns int) {
	var s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33 vector
	for {
		x0 := archsimd.LoadFloat32x4Array(quad(pixels))
		x1 := archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*4)))
		x2 := archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*8)))
		x3 := archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*12)))
		v := archsimd.LoadFloat32x4Array(quad(weights))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		s02 = v.MulAdd(x2, s02)
		s03 = v.MulAdd(x3, s03)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*4)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		s12 = v.MulAdd(x2, s12)
		s13 = v.MulAdd(x3, s13)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*8)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		s22 = v.MulAdd(x2, s22)
		s23 = v.MulAdd(x3, s23)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*12)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		s32 = v.MulAdd(x2, s32)
		s33 = v.MulAdd(x3, s33)
		x0 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*16)))
		x1 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*20)))
		x2 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*24)))
		x3 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*28)))
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*16)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		s02 = v.MulAdd(x2, s02)
		s03 = v.MulAdd(x3, s03)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*20)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		s12 = v.MulAdd(x2, s12)
		s13 = v.MulAdd(x3, s13)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*24)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		s22 = v.MulAdd(x2, s22)
		s23 = v.MulAdd(x3, s23)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*28)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		s32 = v.MulAdd(x2, s32)
		s33 = v.MulAdd(x3, s33)
		x0 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*32)))
		x1 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*36)))
		x2 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*40)))
		x3 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*44)))
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*32)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		s02 = v.MulAdd(x2, s02)
		s03 = v.MulAdd(x3, s03)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*36)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		s12 = v.MulAdd(x2, s12)
		s13 = v.MulAdd(x3, s13)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*40)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		s22 = v.MulAdd(x2, s22)
		s23 = v.MulAdd(x3, s23)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*44)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		s32 = v.MulAdd(x2, s32)
		s33 = v.MulAdd(x3, s33)
		x0 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*48)))
		x1 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*52)))
		x2 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*56)))
		x3 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(pixels, 4*60)))
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*48)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		s02 = v.MulAdd(x2, s02)
		s03 = v.MulAdd(x3, s03)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*52)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		s12 = v.MulAdd(x2, s12)
		s13 = v.MulAdd(x3, s13)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*56)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		s22 = v.MulAdd(x2, s22)
		s23 = v.MulAdd(x3, s23)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*60)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		s32 = v.MulAdd(x2, s32)
		s33 = v.MulAdd(x3, s33)
		if turns--; turns == 0 {
			break // before pointers leave what they point into
		}
		weights, pixels = unsafe.Add(weights, 4*depthStep*panelRows*lanes), unsafe.Add(pixels, 4*depthStep*panelPixels)
	}
	load(quad(t[0:])).Add(s00).StoreArray(quad(t[0:]))
	load(quad(t[4:])).Add(s01).StoreArray(quad(t[4:]))
	load(quad(t[8:])).Add(s02).StoreArray(quad(t[8:]))
	load(quad(t[12:])).Add(s03).StoreArray(quad(t[12:]))
	load(quad(t[16:])).Add(s10).StoreArray(quad(t[16:]))
	load(quad(t[20:])).Add(s11).StoreArray(quad(t[20:]))
	load(quad(t[24:])).Add(s12).StoreArray(quad(t[24:]))
	load(quad(t[28:])).Add(s13).StoreArray(quad(t[28:]))
	load(quad(t[32:])).Add(s20).StoreArray(quad(t[32:]))
	load(quad(t[36:])).Add(s21).StoreArray(quad(t[36:]))
	load(quad(t[40:])).Add(s22).StoreArray(quad(t[40:]))
	load(quad(t[44:])).Add(s23).StoreArray(quad(t[44:]))
	load(quad(t[48:])).Add(s30).StoreArray(quad(t[48:]))
	load(quad(t[52:])).Add(s31).StoreArray(quad(t[52:]))
	load(quad(t[56:])).Add(s32).StoreArray(quad(t[56:]))
	load(quad(t[60:])).Add(s33).StoreArray(quad(t[60:]))
}

// halfTile is half of the columns of a microTile, with what lies between.
type halfTile = [(panelRows-1)*panelPixels + 2*lanes]float32

// tapsNEON is multiplyNEON for pixels that each K has at a place of its own. The plan sees to it that all places are inside (see directPlan).
func tapsNEON(t *tilePair, weights, x []float32, places []int32) {
	places = places[:len(weights)/(panelRows*lanes)]
	if len(places) < depthStep {
		return
	}
	for first := 0; first < 2*panelPixels; first += 2 * lanes {
		tile := (*halfTile)(t[first/panelPixels*len(microTile{})+first%panelPixels:])
		tapsHalf(tile, unsafe.Pointer(unsafe.SliceData(weights)), unsafe.Pointer(unsafe.SliceData(x[first:])), places)
	}
}

func tapsHalf(t *halfTile, weights, base unsafe.Pointer, places []int32) {
	var s00, s01, s10, s11, s20, s21, s30, s31 vector
	for {
		at := (*[depthStep]int32)(places)
		p := unsafe.Add(base, 4*int(at[0]))
		x0 := archsimd.LoadFloat32x4Array(quad(p))
		x1 := archsimd.LoadFloat32x4Array(quad(unsafe.Add(p, 4*4)))
		v := archsimd.LoadFloat32x4Array(quad(weights))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*4)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*8)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*12)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		p = unsafe.Add(base, 4*int(at[1]))
		x0 = archsimd.LoadFloat32x4Array(quad(p))
		x1 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(p, 4*4)))
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*16)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*20)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*24)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*28)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		p = unsafe.Add(base, 4*int(at[2]))
		x0 = archsimd.LoadFloat32x4Array(quad(p))
		x1 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(p, 4*4)))
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*32)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*36)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*40)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*44)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		p = unsafe.Add(base, 4*int(at[3]))
		x0 = archsimd.LoadFloat32x4Array(quad(p))
		x1 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(p, 4*4)))
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*48)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*52)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*56)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(weights, 4*60)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		if places = places[depthStep:]; len(places) < depthStep {
			break
		}
		weights = unsafe.Add(weights, 4*depthStep*panelRows*lanes)
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

// correlateNEON computes the tile in halves of its lanes, which fit beside each other as in multiplyAVX2.
func correlateNEON(t *corrTile, rows, a, b []float32) {
	turns := min(len(rows)/(corrRows*corrLanes), len(a)/corrLanes, len(b)/corrLanes) / corrStep
	if turns == 0 {
		return
	}
	for half := 0; half < corrLanes; half += lanes {
		correlateHalf((*corrHalf)(t[half:]), unsafe.Pointer(unsafe.SliceData(rows[half:])), unsafe.Pointer(unsafe.SliceData(a[half:])),
			unsafe.Pointer(unsafe.SliceData(b[half:])), turns)
	}
}

// corrHalf is half of the lanes of a corrTile, with what lies between.
type corrHalf = [(corrRows*corrColumns-1)*corrLanes + lanes]float32

func correlateHalf(t *corrHalf, rows, a, b unsafe.Pointer, turns int) {
	var s00, s01, s10, s11, s20, s21, s30, s31 vector
	for {
		x0 := archsimd.LoadFloat32x4Array(quad(a))
		x1 := archsimd.LoadFloat32x4Array(quad(b))
		v := archsimd.LoadFloat32x4Array(quad(rows))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(rows, 4*8)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(rows, 4*16)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(rows, 4*24)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		x0 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(a, 4*8)))
		x1 = archsimd.LoadFloat32x4Array(quad(unsafe.Add(b, 4*8)))
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(rows, 4*32)))
		s00 = v.MulAdd(x0, s00)
		s01 = v.MulAdd(x1, s01)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(rows, 4*40)))
		s10 = v.MulAdd(x0, s10)
		s11 = v.MulAdd(x1, s11)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(rows, 4*48)))
		s20 = v.MulAdd(x0, s20)
		s21 = v.MulAdd(x1, s21)
		v = archsimd.LoadFloat32x4Array(quad(unsafe.Add(rows, 4*56)))
		s30 = v.MulAdd(x0, s30)
		s31 = v.MulAdd(x1, s31)
		if turns--; turns == 0 {
			break
		}
		rows = unsafe.Add(rows, 4*corrStep*corrRows*corrLanes)
		a, b = unsafe.Add(a, 4*corrStep*corrLanes), unsafe.Add(b, 4*corrStep*corrLanes)
	}
	load(quad(t[0:])).Add(s00).StoreArray(quad(t[0:]))
	load(quad(t[8:])).Add(s01).StoreArray(quad(t[8:]))
	load(quad(t[16:])).Add(s10).StoreArray(quad(t[16:]))
	load(quad(t[24:])).Add(s11).StoreArray(quad(t[24:]))
	load(quad(t[32:])).Add(s20).StoreArray(quad(t[32:]))
	load(quad(t[40:])).Add(s21).StoreArray(quad(t[40:]))
	load(quad(t[48:])).Add(s30).StoreArray(quad(t[48:]))
	load(quad(t[56:])).Add(s31).StoreArray(quad(t[56:]))
}
