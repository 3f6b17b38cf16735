// Package formula makes weights that are a pure function of their names: the same bits in any
// language, so that golden vectors and benchmarks need no weights beside them.
//
// What it exports may change with any version; runtime and weights are for other modules.
package formula

import (
	"hash/fnv"
	"math"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

// Values gives the weights of tensor key of a model under a seed, row-major. The name hashed is
// seed/model/key, without the middle if model is empty. Tensors of rank 2 and more are
// U(−1, 1)·sqrt(6/fan_in) with fan_in = values per output channel; norm.gamma is U(0, 1); other
// vectors are U(−0.1, 0.1).
func Values(seed, model, key string, shape []int) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	name := seed + "/" + key
	if model != "" {
		name = seed + "/" + model + "/" + key
	}
	values := uniform(name, n)
	switch {
	case strings.HasSuffix(key, "norm.gamma"):
		for i, u := range values {
			values[i] = (u + 1) * 0.5
		}
	case len(shape) >= 2:
		scale(values, float32(math.Sqrt(6/float64(n/shape[0]))))
	default:
		scale(values, 0.1)
	}
	return values
}

// Model gives a whole F32 model with weights by formula; modelA and modelB are the names of the
// two generators within the seed, which may be the same.
func Model(cfg weights.Config, seed, modelA, modelB string) *weights.Model {
	m := &weights.Model{
		Config: cfg, DomainA: "a", DomainB: "b", Source: "formula " + seed,
		DType: weights.F32, Tensors: make(map[string]*weights.Tensor),
	}
	names := map[weights.Domain]string{weights.A: modelA, weights.B: modelB}
	for _, n := range cfg.Networks() {
		for _, k := range cfg.Keys(n) {
			m.Tensors[n.Domain.Tensor(k.Name)] = weights.NewTensor(k.Shape, Values(seed, names[n.Domain], k.Name, k.Shape))
		}
	}
	return m
}

// uniform gives n values in [−1, 1): the top 24 bits of splitmix64 with the name's FNV-1a hash
// as its state, so that every value is exact in float32.
func uniform(name string, n int) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	state := h.Sum64()
	values := make([]float32, n)
	for i := range values {
		state += 0x9E3779B97F4A7C15
		z := state
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		values[i] = float32(z>>40)/(1<<24)*2 - 1
	}
	return values
}

func scale(values []float32, by float32) {
	for i := range values {
		values[i] *= by
	}
}
