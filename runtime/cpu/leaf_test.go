package cpu

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

// leavesHere gives the leaves of this build that this processor has, and logs which these are.
func leavesHere(t *testing.T) (here []*leaf) {
	t.Helper()
	for _, l := range leaves() {
		if l.supported {
			t.Logf("%s: tested", l.name)
			here = append(here, l)
		} else {
			t.Logf("%s: NOT tested, this processor lacks its instructions", l.name)
		}
	}
	return here
}

// Every leaf here passes its proof, so the first is chosen and none is refused.
func TestFirstLeafIsChosen(t *testing.T) {
	here := leavesHere(t)
	best, refused := chooseLeaf(leaves())
	assert.Equal(t, here[0].name, best.name)
	assert.Empty(t, refused)
	e := New(Options{}).(*executor)
	defer e.Close()
	assert.Contains(t, e.Info().Backend, here[0].name)
}

// A leaf of which any function is wrong in any one place is not chosen, and Info says why.
func TestWrongLeavesAreRefused(t *testing.T) {
	wrong := map[string]func(l *leaf){
		"multiply": func(l *leaf) {
			right := l.multiply
			l.multiply = func(t *microTile, weights, pixels []float32) { right(t, weights, pixels); t[37]++ }
		},
		"taps": func(l *leaf) {
			right := l.taps
			l.taps = func(t *tilePair, weights, x []float32, places []int32) { right(t, weights, x, places); t[101]++ }
		},
		"toFrequencies": func(l *leaf) {
			right := l.toFrequencies
			l.toFrequencies = func(dst, src lattice) { right(dst, src); dst.values[333]++ }
		},
		"fromFrequencies": func(l *leaf) {
			right := l.fromFrequencies
			l.fromFrequencies = func(dst, src lattice, groups int) { right(dst, src, groups); dst.values[95]++ }
		},
		"spreadSquares": func(l *leaf) {
			right := l.spreadSquares
			l.spreadSquares = func(dst, src lattice, groups int) { right(dst, src, groups); dst.values[383]++ }
		},
		"gatherKernels": func(l *leaf) {
			right := l.gatherKernels
			l.gatherKernels = func(dst, src lattice, groups int) { right(dst, src, groups); dst.values[287]++ }
		},
		"kernels": func(l *leaf) {
			right := l.kernels
			l.kernels = func(block, kernels []float32) { right(block, kernels); block[35*kernelLine+11]++ }
		},
		"correlate": func(l *leaf) {
			right := l.correlate
			l.correlate = func(t *corrTile, rows, a, b []float32) { right(t, rows, a, b); t[63]++ }
		},
		"adam": func(l *leaf) {
			right := l.adam
			l.adam = func(f graph.AdamFactors, g, w, m, v, average []float32) { right(f, g, w, m, v, average); average[20]++ }
		},
		"moments": func(l *leaf) {
			right := l.moments
			l.moments = func(x []float32) stats { s := right(x); s.squares++; return s }
		},
		"normalise": func(l *leaf) {
			right := l.normalise
			l.normalise = func(y, x []float32, mean, gain, shift, least float32) {
				right(y, x, mean, gain, shift, least)
				y[len(y)-1] = float32(math.NaN())
			}
		},
	}
	require.Len(t, wrong, len(proofs))
	for _, p := range proofs {
		require.Contains(t, wrong, p.name)
		l := plainLeaf()
		wrong[p.name](l)
		lacking := plainLeaf()
		lacking.supported = false
		best, refused := chooseLeaf([]*leaf{lacking, l, plainLeaf()})
		assert.NoError(t, best.prove())
		require.Len(t, refused, 1, p.name)
		assert.Contains(t, refused[0], p.name)
		e := executor{leaf: best, refused: refused}
		assert.Equal(t, refused, e.Info().Details)
	}
}

// On small whole numbers float32 sums are exact, so that every leaf must agree with plain loops to the last bit.
func TestLeavesAreExactOnWholeNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := func(n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = float32(r.IntN(9) - 4)
		}
		return s
	}
	for _, l := range leavesHere(t) {
		for depth := depthStep; depth <= sliceDepth; depth += depthStep {
			const columns = 3
			weights, pixels := whole(depth*panelRows), whole(columns*depth*panelPixels)
			got := whole(columns * len(microTile{}))
			want := slices.Clone(got)
			for k := range depth {
				for i := range want {
					row, pixel := i%len(microTile{})/panelPixels, (i/len(microTile{})*depth+k)*panelPixels+i%panelPixels
					want[i] += weights[k*panelRows+row] * pixels[pixel]
				}
			}
			l.product(got, make([]float32, depth*l.spreadSize), weights, pixels, columns, depth, depth)
			require.Equal(t, want, got, "%s, depth %d", l.name, depth)
		}
	}
}

// Moments and what norms make of them agree with sums as they are defined, at any length and far from zero; NaN must not disappear.
func TestLeavesNormalise(t *testing.T) {
	for _, l := range leavesHere(t) {
		for _, n := range []int{1, 7, 8, 16, 31, 100} {
			x := noise(uint64(n), n)
			var mean, squares float64
			for i := range x {
				x[i] += 1000
				mean += float64(x[i]) / float64(n)
			}
			for _, v := range x {
				squares += (float64(v) - mean) * (float64(v) - mean)
			}
			m := l.moments(x)
			assert.Equal(t, float64(n), m.count, l.name)
			assert.InDelta(t, mean, m.mean, 1e-10, "%s, %d", l.name, n)
			assert.InDelta(t, squares, m.squares, 1e-9, "%s, %d", l.name, n)
			y := make([]float32, n)
			l.normalise(y, x, 1000, 2, -0.25, -0.5)
			for i, v := range x {
				assert.InDelta(t, max((v-1000)*2-0.25, -0.5), y[i], 1e-6, "%s, %d", l.name, n)
			}
			x[0] = float32(math.NaN())
			l.normalise(y, x, 0, 1, 0, 0)
			assert.True(t, math.IsNaN(float64(y[0])), "%s, %d", l.name, n)
		}
	}
}

// randomParams gives every weight values in [-1, 1) that depend on its name's length alone.
type randomParams struct{}

func (randomParams) Float32s(name string, shape []int) ([]float32, error) {
	return noise(uint64(len(name)), graph.Shape(shape).Elems()), nil
}

func noise(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	s := make([]float32, n)
	for i := range s {
		s[i] = 2*r.Float32() - 1
	}
	return s
}

// randomConv builds a convolution of an odd kind: any kernel, stride, padding, batch, activation; with weights given or computed.
func randomConv(r *rand.Rand) *graph.Graph {
	g := graph.New()
	kernel, in := 1+r.IntN(7), 1+r.IntN(9)
	x := g.Input("x", 1+r.IntN(2), in, kernel+r.IntN(40), kernel+r.IntN(40))
	if r.IntN(2) == 0 {
		x = g.Upsample(x)
	}
	out := 1 + r.IntN(9)
	w := g.Param("w", out, in, kernel, kernel)
	if r.IntN(4) == 0 {
		w = g.Scale(w, 0.5)
	}
	var b *graph.Node
	if r.IntN(2) == 0 {
		b = g.Param("bias", out)
	}
	y := g.Conv(x, w, b, graph.ConvAttrs{Stride: 1 + r.IntN(3), Pad: r.IntN(kernel), Mode: graph.PadMode(r.IntN(3))})
	acts := graph.Activations()[1:]
	if i := r.IntN(2 * len(acts)); i < len(acts) {
		y = g.Activate(acts[i], y)
	}
	g.Output("y", y)
	return g
}

func TestRandomConvsAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ref := New(Options{Reference: true}).(*executor)
	defer ref.Close()
	here := leavesHere(t)
	for i := range 60 {
		g := randomConv(r)
		require.NoError(t, g.Err())
		want := execute(t, ref, g)
		allowed := 3e-5 // of values of about 1; exp's are larger, and so is what rounding of its argument does to them
		if g.Outputs()[0].Act == graph.ActExp {
			allowed *= float64(max(1, slices.Max(want)))
		}
		for _, l := range here {
			e := New(Options{Threads: 1 + i%3}).(*executor)
			e.leaf = l
			assert.InDeltaSlice(t, want, execute(t, e, g), allowed, "case %d, %s: %s", i, l.name, describe(g))
			require.NoError(t, e.Close())
		}
	}
}

func execute(t *testing.T, e *executor, g *graph.Graph) []float32 {
	t.Helper()
	ctx := context.Background()
	program, err := e.Compile(ctx, g, e.NewParams(randomParams{}))
	require.NoError(t, err)
	var in, out []graph.Tensor
	for i, n := range g.Inputs() {
		x, err := e.NewTensor(n.Shape)
		require.NoError(t, err)
		require.NoError(t, x.Write(ctx, noise(9+uint64(i), n.Shape.Elems())))
		in = append(in, x)
	}
	for _, n := range g.Outputs() {
		y, err := e.NewTensor(n.Shape)
		require.NoError(t, err)
		out = append(out, y)
	}
	require.NoError(t, program.Run(ctx, in, out))
	var all []float32
	for _, y := range out {
		values := make([]float32, y.Shape().Elems())
		require.NoError(t, y.Read(ctx, values))
		all = append(all, values...)
	}
	return all
}

func describe(g *graph.Graph) string {
	s := ""
	for _, n := range g.Nodes() {
		s += fmt.Sprintf("%v%v ", n.Op, n.Shape)
		if n.Op == graph.OpConv {
			s += fmt.Sprintf("stride %d pad %d %v ", n.Stride, n.Pad, n.PadMode)
		}
	}
	return s
}
