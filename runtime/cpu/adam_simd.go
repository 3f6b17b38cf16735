//go:build go1.27 && !go1.28 && goexperiment.simd && (amd64 || arm64)

package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// adamSIMD is adamPlain: the same operations in the same order, so that both give the same bits.
func adamSIMD(f graph.AdamFactors, g, w, m, v, average []float32) {
	whole := len(g) / lanes * lanes
	beta1, fresh1 := repeat(f.Beta1), repeat(f.Fresh1)
	beta2, fresh2 := repeat(f.Beta2), repeat(f.Fresh2)
	eps, decay := repeat(f.Eps), repeat(f.Decay)
	rate, root, fresh := repeat(f.Rate), repeat(f.Root), repeat(f.Fresh)
	for i := 0; i < whole; i += lanes {
		to := (*[lanes]float32)(w[i:])
		wi := load(to)
		gi := load((*[lanes]float32)(g[i:]))
		gi = gi.Add(decay.Mul(wi))
		mi := beta1.Mul(load((*[lanes]float32)(m[i:]))).Add(fresh1.Mul(gi))
		vi := beta2.Mul(load((*[lanes]float32)(v[i:]))).Add(fresh2.Mul(gi.Mul(gi)))
		mi.StoreArray((*[lanes]float32)(m[i:]))
		vi.StoreArray((*[lanes]float32)(v[i:]))
		wi = wi.Sub(rate.Mul(mi).Div(root.Mul(vi.Sqrt()).Add(eps)))
		wi.StoreArray(to)
		if average != nil {
			to := (*[lanes]float32)(average[i:])
			ai := load(to)
			ai.Add(fresh.Mul(wi.Sub(ai))).StoreArray(to)
		}
	}
	leaveVectors()
	if average != nil {
		average = average[whole:]
	}
	adamPlain(f, g[whole:], w[whole:], m[whole:], v[whole:], average)
}
