//go:build go1.27 && !go1.28 && goexperiment.simd && amd64

package cpu

import (
	"simd/archsimd"

	"github.com/webmunit/webmunit/runtime/graph"
)

// adamAVX2 is adamPlain: the same operations in the same order, so that both give the same bits.
func adamAVX2(f graph.AdamFactors, g, w, m, v, average []float32) {
	whole := len(g) / lanes * lanes
	beta1, fresh1 := archsimd.BroadcastFloat32x8(f.Beta1), archsimd.BroadcastFloat32x8(f.Fresh1)
	beta2, fresh2 := archsimd.BroadcastFloat32x8(f.Beta2), archsimd.BroadcastFloat32x8(f.Fresh2)
	eps, decay := archsimd.BroadcastFloat32x8(f.Eps), archsimd.BroadcastFloat32x8(f.Decay)
	rate, root, fresh := archsimd.BroadcastFloat32x8(f.Rate), archsimd.BroadcastFloat32x8(f.Root), archsimd.BroadcastFloat32x8(f.Fresh)
	for i := 0; i < whole; i += lanes {
		to := (*[lanes]float32)(w[i:])
		wi := archsimd.LoadFloat32x8Array(to)
		gi := archsimd.LoadFloat32x8Array((*[lanes]float32)(g[i:]))
		gi = gi.Add(decay.Mul(wi))
		mi := beta1.Mul(archsimd.LoadFloat32x8Array((*[lanes]float32)(m[i:]))).Add(fresh1.Mul(gi))
		vi := beta2.Mul(archsimd.LoadFloat32x8Array((*[lanes]float32)(v[i:]))).Add(fresh2.Mul(gi.Mul(gi)))
		mi.StoreArray((*[lanes]float32)(m[i:]))
		vi.StoreArray((*[lanes]float32)(v[i:]))
		wi = wi.Sub(rate.Mul(mi).Div(root.Mul(vi.Sqrt()).Add(eps)))
		wi.StoreArray(to)
		if average != nil {
			to := (*[lanes]float32)(average[i:])
			ai := archsimd.LoadFloat32x8Array(to)
			ai.Add(fresh.Mul(wi.Sub(ai))).StoreArray(to)
		}
	}
	archsimd.ClearAVXUpperBits()
	if average != nil {
		average = average[whole:]
	}
	adamPlain(f, g[whole:], w[whole:], m[whole:], v[whole:], average)
}
