package cpu

import (
	"context"

	"github.com/webmunit/webmunit/runtime/graph"
)

// winogradSize is the length of packWinograd's result for weights [O, I, 3, 3].
func winogradSize(s graph.Shape) int { return frequencies * packedSize(graph.Shape{s[0], s[1]}) }

// packWinograd transforms kernels and lays each frequency out as packWeights would a matrix [O, I]. It takes a panel of rows a tile: of a
// large model this is as much work as a picture.
func packWinograd(e *executor, packed, weights []float32, s graph.Shape) {
	e.reserve(packWinogradScratch)
	// Never ends early: the context is nobody's.
	_ = e.pool.run(context.Background(), newStep(divideUp(s[0], panelRows), func(panel int, w *worker) {
		packWinogradPanel(e.leaf, packed, weights, w.scratch, s, panel)
	}))
}

// kernelSize is how many weights a 3×3 kernel has.
const kernelSize = 9

// kernelBlock is a panel of rows' frequencies, of a slice of K: gathered, because the planes of frequencies fall upon each other in the cache. Its
// own lines are set apart for that.
const (
	kernelLine          = sliceDepth*panelRows + lineStep
	kernelBlock         = frequencies * kernelLine
	packWinogradScratch = kernelBlock + sliceDepth*kernelSize*panelRows
)

// packWinogradPanel packs a panel of rows.
func packWinogradPanel(l *leaf, packed, weights, scratch []float32, s graph.Shape, panel int) {
	plane, inputs, panels := packedSize(graph.Shape{s[0], s[1]}), s[1], divideUp(s[0], panelRows)
	block, kernels := cut(scratch, kernelBlock)
	for k0 := 0; k0 < inputs; k0 += sliceDepth {
		slice := min(sliceDepth, inputs-k0)
		deep := roundUp(slice, depthStep)
		kernels := kernels[:slice*kernelSize*panelRows]
		for i := range panelRows {
			o := panel*panelRows + i
			if o >= s[0] {
				for at := i; at < len(kernels); at += panelRows {
					kernels[at] = 0
				}
				continue
			}
			at := i
			for _, v := range weights[kernelSize*(o*inputs+k0):][:kernelSize*slice] {
				kernels[at] = v
				at += panelRows
			}
		}
		l.kernels(block, kernels)
		for f := range frequencies {
			at := f*plane + k0*panels*panelRows + panel*deep*panelRows
			to := packed[at:][:deep*panelRows]
			clear(to[copy(to, block[f*kernelLine:][:slice*panelRows]):])
		}
	}
}

// kernelsPlain transforms kernels [K][kernelSize][panelRows] to lines [K][panelRows] of a block. It is G·kernel·Gᵀ, in float64: what is rounded
// here, every product repeats.
func kernelsPlain(block, kernels []float32) {
	for k := 0; k < len(kernels)/(kernelSize*panelRows); k++ {
		for i := range panelRows {
			kernel := kernels[k*kernelSize*panelRows+i:]
			var rows [patchSize][3]float64
			for c := range 3 {
				rows[0][c], rows[1][c], rows[2][c], rows[3][c], rows[4][c], rows[5][c] =
					pointsOf(float64(kernel[c*panelRows]), float64(kernel[(3+c)*panelRows]), float64(kernel[(6+c)*panelRows]))
			}
			to := block[k*panelRows+i:]
			for j, row := range rows {
				p0, p1, p2, p3, p4, p5 := pointsOf(row[0], row[1], row[2])
				for f, v := range [...]float64{p0, p1, p2, p3, p4, p5} {
					to[(j*patchSize+f)*kernelLine] = float32(v)
				}
			}
		}
	}
}

// pointsOf is the matrix G: the values of a polynomial at the points, scaled so that the other two matrices are whole numbers.
func pointsOf(a, b, c float64) (p0, p1, p2, p3, p4, p5 float64) {
	even, odd := (a+c)*(1./6), b*(1./6)
	even2, odd2 := a*(1./24)+c*(1./6), b*(1./12)
	return a * (1. / 4), -(even + odd), odd - even, even2 + odd2, even2 - odd2, c
}
