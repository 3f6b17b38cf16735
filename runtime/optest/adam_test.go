package optest

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/optable"
)

func TestAdamCPU(t *testing.T) {
	for _, reference := range []bool{true, false} {
		e := cpu.New(cpu.Options{Reference: reference})
		defer e.Close()
		adam(t, e)
	}
}

func TestAdamGPU(t *testing.T) {
	needs.GPU(t)
	validation.Watch(t)
	e, err := gpu.Open(context.Background(), gpu.Options{})
	require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
	defer e.Close()
	adam(t, e)
}

// adam holds three steps of two weights, one of them averaged, against the formulas in float64 (Kingma and Ba 2015, algorithm 1).
func adam(t *testing.T, e graph.Executor) {
	ctx := context.Background()
	var all []graph.Learned
	var want [][5][]float64 // gradient, weight, mean, variance, average
	for i, shape := range []graph.Shape{{3, 37}, {40_000}} {
		tensors, values := make([]graph.Tensor, 5), [5][]float64{}
		for k := range tensors {
			x, err := e.NewTensor(shape)
			require.NoError(t, err)
			tensors[k] = x
			start := make([]float32, shape.Elems())
			if k < 2 || k == 4 {
				start = optable.Values(string(rune('a'+5*i+k)), shape.Elems())
			}
			require.NoError(t, x.Write(ctx, start))
			values[k] = make([]float64, len(start))
			for j, v := range start {
				values[k][j] = float64(v)
			}
		}
		l := graph.Learned{Gradient: tensors[0], Weight: tensors[1], Mean: tensors[2], Variance: tensors[3]}
		if i == 1 {
			l.Average = tensors[4]
		}
		all, want = append(all, l), append(want, values)
	}
	a := graph.Adam{Rate: 0.01, Beta1: 0.5, Beta2: 0.999, Eps: 1e-8, Decay: 0.1, Average: 0.9}
	for step := 1; step <= 3; step++ {
		a.Step = step
		require.NoError(t, e.Adam(ctx, a, all))
		for _, w := range want {
			for j := range w[0] {
				g := w[0][j] + a.Decay*w[1][j]
				w[2][j] = a.Beta1*w[2][j] + (1-a.Beta1)*g
				w[3][j] = a.Beta2*w[3][j] + (1-a.Beta2)*g*g
				mean, variance := w[2][j]/(1-math.Pow(a.Beta1, float64(step))), w[3][j]/(1-math.Pow(a.Beta2, float64(step)))
				w[1][j] -= a.Rate * mean / (math.Sqrt(variance) + a.Eps)
				w[4][j] = a.Average*w[4][j] + (1-a.Average)*w[1][j]
			}
		}
	}
	for i, l := range all {
		for k, x := range l.Tensors() {
			got := make([]float32, x.Shape().Elems())
			require.NoError(t, x.Read(ctx, got))
			expect := make([]float32, len(got))
			for j, v := range want[i][k] {
				expect[j] = float32(v)
			}
			require.LessOrEqual(t, optable.MaxAbs(got, expect), 2e-6, "weight %d, tensor %d", i, k)
		}
	}
	require.Error(t, e.Adam(ctx, a, []graph.Learned{{Weight: all[0].Weight, Gradient: all[1].Gradient, Mean: all[0].Mean, Variance: all[0].Variance}}))
}
