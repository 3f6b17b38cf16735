package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
)

// alexWeights are weights by chance, by name.
type alexWeights map[string][]float32

func (w alexWeights) Float32s(name string, shape []int) ([]float32, error) {
	if w[name] == nil {
		n, r := 1, rand.New(rand.NewPCG(uint64(len(w)), 7))
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(r.NormFloat64() * math.Sqrt(2/float64(n/shape[0])))
			if name[:3] == "lin" {
				values[i] = r.Float32()
			}
		}
		w[name] = values
	}
	return w[name], nil
}

// TestLPIPSIsAsDefined holds it against Zhang et al. 2018, equation 1, in plain loops and float64.
func TestLPIPSIsAsDefined(t *testing.T) {
	exec := cpu.New(cpu.Options{Threads: 2})
	defer exec.Close()
	w := alexWeights{}
	const side = 64
	l, err := newLPIPS(t.Context(), exec, w, side)
	require.NoError(t, err)
	defer l.Close()
	r := rand.New(rand.NewPCG(5, 6))
	pictures := make([]Picture, 2)
	descriptions := make([][]float32, 2)
	for i := range pictures {
		pictures[i] = make(Picture, 3*side*side)
		for k := range pictures[i] {
			pictures[i][k] = 2*r.Float32() - 1
		}
		descriptions[i], err = l.Describe(t.Context(), pictures[i])
		require.NoError(t, err)
	}
	assert.Zero(t, l.Distance(descriptions[0], descriptions[0]))
	want := lpipsByDefinition(w, pictures[0], pictures[1], side)
	assert.InEpsilon(t, want, l.Distance(descriptions[0], descriptions[1]), 1e-4)
	_, err = l.Describe(t.Context(), pictures[0][3:])
	assert.Error(t, err)
	_, err = newLPIPS(t.Context(), exec, w, 32)
	assert.ErrorContains(t, err, "64")
	_, err = OpenLPIPS(t.Context(), exec, filepath.Join("..", "..", "weights", "avatars.munit.safetensors"), side)
	assert.Error(t, err)
}

func lpipsByDefinition(w alexWeights, a, b Picture, side int) float64 {
	both := [2][]float64{}
	for i, p := range [2]Picture{a, b} {
		for k, v := range p {
			c := k / (side * side)
			both[i] = append(both[i], (float64(v)-[]float64{-.030, -.088, -.188}[c])/[]float64{.458, .448, .450}[c])
		}
	}
	total, in := 0.0, 3
	for i, layer := range []struct{ name, out, kernel, stride, pad, pool int }{
		{0, 64, 11, 4, 2, 0}, {3, 192, 5, 1, 2, 1}, {6, 384, 3, 1, 1, 1}, {8, 256, 3, 1, 1, 0}, {10, 256, 3, 1, 1, 0}} {
		if layer.pool == 1 {
			n := (side-3)/2 + 1
			for k, x := range both {
				var to []float64
				for at := range in * n * n {
					c, y, x0 := at/(n*n), at/n%n, at%n
					best := math.Inf(-1)
					for dy := range 3 {
						for dx := range 3 {
							best = math.Max(best, x[(c*side+2*y+dy)*side+2*x0+dx])
						}
					}
					to = append(to, best)
				}
				both[k] = to
			}
			side = n
		}
		key := fmt.Sprintf("net.slice%d.%d.", i+1, layer.name)
		n := (side+2*layer.pad-layer.kernel)/layer.stride + 1
		for k, x := range both {
			to := make([]float64, layer.out*n*n)
			for at := range to {
				o, y, x0 := at/(n*n), at/n%n*layer.stride-layer.pad, at%n*layer.stride-layer.pad
				sum := float64(w[key+"bias"][o])
				for tap := range in * layer.kernel * layer.kernel {
					c, sy, sx := tap/(layer.kernel*layer.kernel), y+tap/layer.kernel%layer.kernel, x0+tap%layer.kernel
					if sy >= 0 && sy < side && sx >= 0 && sx < side {
						sum += float64(w[key+"weight"][o*in*layer.kernel*layer.kernel+tap]) * x[(c*side+sy)*side+sx]
					}
				}
				to[at] = math.Max(sum, 0)
			}
			both[k] = to
		}
		side, in = n, layer.out
		for at := range n * n {
			var length [2]float64
			for k := range both {
				for c := range in {
					length[k] += both[k][c*n*n+at] * both[k][c*n*n+at]
				}
				length[k] = math.Sqrt(length[k])
			}
			for c := range in {
				d := both[0][c*n*n+at]/length[0] - both[1][c*n*n+at]/length[1]
				total += float64(w[fmt.Sprintf("lin%d.model.1.weight", i)][c]) * d * d / float64(n*n)
			}
		}
	}
	return total
}
