package optest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// maxNMSE bounds an op's error against the float64 reference: float32 rounding leaves about 1e-13, a transcendental of a GPU 1e-10.
const maxNMSE = 1e-9

// Run holds e against the reference executor on every case of the table.
func Run(t *testing.T, e graph.Executor) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) { c.hold(t, e, ref, maxNMSE) })
	}
}

// RunConvs holds e on those cases of the table that it computes by the named variant of its convolutions, of which there must be some, to an NMSE
// of tolerance.
func RunConvs(t *testing.T, e interface {
	graph.Executor
	Uses(*graph.Graph) []string
}, variant string, tolerance float64) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	ran := 0
	for _, c := range forwardCases() {
		if c.Offset != 0 && tolerance > maxNMSE {
			continue // a norm enlarges what is lost of values far from zero; nothing in a network lies so
		}
		if slices.Contains(e.Uses(c.Graph()), variant) {
			ran++
			t.Run(c.Name, func(t *testing.T) { c.hold(t, e, ref, tolerance) })
		}
	}
	require.Positive(t, ran, "no case of the table fits %s", variant)
}

// hold compares the outputs of e with ref's.
func (c Case) hold(t *testing.T, e, ref graph.Executor, most float64) {
	want, got := c.Execute(t, ref), c.Execute(t, e)
	most = max(most, c.MaxNMSE)
	for i := range want {
		requireFinite(t, got[i])
		require.LessOrEqual(t, NMSE(got[i], want[i]), most, "output %d: first values %v, want %v", i, head(got[i]), head(want[i]))
	}
}

// Graph builds the case's graph.
func (c Case) Graph() *graph.Graph {
	g := graph.New()
	c.Build(g)
	return g
}

// Execute runs the case on e, twice to show that a program can be replayed, and returns the second run's outputs.
func (c Case) Execute(t testing.TB, e graph.Executor) [][]float32 {
	g := c.Graph()
	inputs := map[string][]float32{}
	for _, n := range g.Inputs() {
		inputs[n.Name] = c.values(n)
	}
	params := e.NewParams(randomParams{})
	defer params.Close()
	p, err := e.Compile(context.Background(), g, params)
	require.NoError(t, err)
	defer p.Close()
	_, err = runOnce(e, p, g, inputs)
	require.NoError(t, err)
	out, err := runOnce(e, p, g, inputs)
	require.NoError(t, err)
	return out
}

func (c Case) values(n *graph.Node) []float32 {
	v := Values(n.Name, n.Shape.Elems())
	for i := range v {
		if c.Gain != 0 {
			v[i] *= c.Gain
		}
		v[i] += c.Offset
	}
	return v
}

// Compute runs g once on e, with weights of src and inputs by their names, and returns its outputs.
func Compute(e graph.Executor, g *graph.Graph, src graph.ParamSource, inputs map[string][]float32) ([][]float32, error) {
	params := e.NewParams(src)
	defer params.Close()
	p, err := e.Compile(context.Background(), g, params)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return runOnce(e, p, g, inputs)
}

// runOnce runs p on named host values and returns its outputs.
func runOnce(e graph.Executor, p graph.Program, g *graph.Graph, inputs map[string][]float32) ([][]float32, error) {
	return graph.RunOnce(context.Background(), e, p, g, func(n *graph.Node) ([]float32, error) {
		values, ok := inputs[n.Name]
		if !ok {
			return nil, fmt.Errorf("no values for input %s", n.Name)
		}
		return values, nil
	})
}

// Values are n numbers in [-1, 1) that depend on the name alone.
func Values(name string, n int) []float32 {
	var seed [32]byte
	copy(seed[:], name)
	r := rand.New(rand.NewChaCha8(seed))
	v := make([]float32, n)
	for i := range v {
		v[i] = 2*r.Float32() - 1
	}
	return v
}

// randomParams gives every param the values of its name.
type randomParams struct{}

func (randomParams) Float32s(name string, shape []int) ([]float32, error) {
	return Values(name, graph.Shape(shape).Elems()), nil
}

// NMSE is the squared error over the squared reference (over 1 where the reference is all but zero).
func NMSE(got, want []float32) float64 {
	var num, den float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		num += d * d
		den += float64(want[i]) * float64(want[i])
	}
	return num / math.Max(den, 1e-12*float64(len(want))+1e-30)
}

// MaxAbs is the largest absolute difference.
func MaxAbs(got, want []float32) float64 {
	worst := 0.0
	for i := range want {
		worst = math.Max(worst, math.Abs(float64(got[i])-float64(want[i])))
	}
	return worst
}

func requireFinite(t *testing.T, v []float32) {
	for i, x := range v {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			require.Failf(t, "not finite", "value %d is %v", i, x)
		}
	}
}

func head(v []float32) []float32 { return v[:min(len(v), 6)] }
