package optable

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/webmunit/webmunit/runtime/graph"
)

// MaxNMSE bounds an op's error against the float64 reference: float32 rounding leaves about 1e-13, a transcendental of a GPU 1e-10.
const MaxNMSE = 1e-9

// Graph builds the case's graph.
func (c Case) Graph() *graph.Graph {
	g := graph.New()
	c.Build(g)
	return g
}

// Values are those of input n of c's graph.
func (c Case) Values(n *graph.Node) []float32 {
	v := Values(n.Name, n.Shape.Elems())
	for i := range v {
		if c.Gain != 0 {
			v[i] *= c.Gain
		}
		v[i] += c.Offset
	}
	return v
}

// Repeat runs the case on e so many times by one program, and calls each with the outputs of every run.
func (c Case) Repeat(ctx context.Context, e graph.Executor, times int, each func(out [][]float32) error) error {
	g := c.Graph()
	inputs := map[string][]float32{}
	for _, n := range g.Inputs() {
		inputs[n.Name] = c.Values(n)
	}
	params := e.NewParams(Params{})
	defer params.Close()
	p, err := e.Compile(ctx, g, params)
	if err != nil {
		return err
	}
	defer p.Close()
	for range times {
		out, err := Once(ctx, e, p, g, inputs)
		if err != nil {
			return err
		}
		if err := each(out); err != nil {
			return err
		}
	}
	return nil
}

// Outputs runs the case on e, twice to show that a program can be replayed, and returns the second run's outputs.
func (c Case) Outputs(ctx context.Context, e graph.Executor) (out [][]float32, err error) {
	err = c.Repeat(ctx, e, 2, func(run [][]float32) error {
		out = run
		return nil
	})
	return out, err
}

// Check compares the outputs of e with want, those of the reference executor.
func (c Case) Check(ctx context.Context, e graph.Executor, want [][]float32, most float64) error {
	got, err := c.Outputs(ctx, e)
	if err != nil {
		return err
	}
	return c.Judge(got, want, most)
}

// Judge compares outputs with want, to an NMSE of most, or more if c allows that.
func (c Case) Judge(got, want [][]float32, most float64) error {
	most = max(most, c.MaxNMSE)
	for i := range want {
		if off := NMSE(got[i], want[i]); !(off <= most) { // so that NaN fails
			return fmt.Errorf("output %d is off by an NMSE of %.2g, allowed is %.2g: first values %v, want %v", i, off, most, head(got[i]), head(want[i]))
		}
	}
	return nil
}

// Compute runs g once on e, with weights of src and inputs by their names, and returns its outputs.
func Compute(ctx context.Context, e graph.Executor, g *graph.Graph, src graph.ParamSource, inputs map[string][]float32) ([][]float32, error) {
	params := e.NewParams(src)
	defer params.Close()
	p, err := e.Compile(ctx, g, params)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return Once(ctx, e, p, g, inputs)
}

// Once runs p, the program of g, on named host values and returns its outputs.
func Once(ctx context.Context, e graph.Executor, p graph.Program, g *graph.Graph, inputs map[string][]float32) ([][]float32, error) {
	return graph.RunOnce(ctx, e, p, g, func(n *graph.Node) ([]float32, error) {
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

// Params gives every param the values of its name.
type Params struct{}

func (Params) Float32s(name string, shape []int) ([]float32, error) {
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

func head(v []float32) []float32 { return v[:min(len(v), 6)] }
