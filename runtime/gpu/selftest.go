package gpu

import (
	"context"
	"fmt"
	"math"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/reference"
)

// Check is the outcome of one case of SelfTest.
type Check struct {
	Name string // what was computed
	Err  error  // nil if the device computes it right
}

// SelfTest has the device compute small graphs whose results are known, kernel by kernel, and says which come out right.
// It is for reports: a device whose driver compiles a kernel wrongly is told from one that is merely slow.
func (e *Executor) SelfTest(ctx context.Context) []Check {
	var checks []Check
	for _, s := range selfTests() {
		checks = append(checks, e.check(ctx, s))
	}
	return checks
}

// selfTest is a graph of one input, whose values are those of sample, and one output.
type selfTest struct {
	name  string
	shape graph.Shape
	build func(g *graph.Graph, x *graph.Node) *graph.Node
}

// sample is input i, a value in (-1, 1) without a pattern that a wrong stride would keep.
func sample(i int) float32 { return float32((i*37+11)%64-32) / 33 }

// filter is weight i of the self-test's Params.
func filter(i int) float32 { return float32((i*29+5)%32-16) / 64 }

// filters are the values of the self-test's inputs, called x, and Params: a graph.ParamSource.
type filters struct{}

func (filters) Float32s(name string, shape []int) ([]float32, error) {
	value := filter
	if name == "x" {
		value = sample
	}
	values := make([]float32, graph.Shape(shape).Elems())
	for i := range values {
		values[i] = value(i)
	}
	return values, nil
}

// check runs one case.
func (e *Executor) check(ctx context.Context, s selfTest) Check {
	g := s.graph()
	return Check{Name: s.name, Err: e.hold(ctx, g, g)}
}

func (s selfTest) graph() *graph.Graph {
	g := graph.New()
	g.Output("y", s.build(g, g.Input("x", s.shape...)))
	return g
}

// hold has the device compute g, and holds it against what the reference computes of want.
func (e *Executor) hold(ctx context.Context, g, want *graph.Graph) error {
	c, err := e.decide(ctx, g)
	if err != nil {
		return err
	}
	got, err := e.computeOnce(ctx, g, filters{}, dispatcher{e.budget(), c}.lower)
	if err != nil {
		return err
	}
	values, err := reference.Values(want, func(n *graph.Node) []float32 {
		v, _ := filters{}.Float32s(n.Name, n.Shape) // which never fails
		return v
	})
	if err != nil {
		return err
	}
	const tolerance = 1e-4 // of sums of a few dozen float32 products below 1
	for i, right := range values[want.Outputs()[0]] {
		if !(math.Abs(float64(got[i]-right)) <= tolerance*max(1, math.Abs(float64(right)))) { // so that NaN fails
			return fmt.Errorf("the device computes %g where %g is right (element %d); use another device or the CPU", got[i], right, i)
		}
	}
	return nil
}

// computeOnce runs g, which has one output, on inputs and weights from src.
func (e *Executor) computeOnce(ctx context.Context, g *graph.Graph, src graph.ParamSource, lower func(*graph.Node) (lowered, error)) ([]float32, error) {
	p := e.NewParams(src)
	defer p.Close()
	prog, err := e.compile(ctx, g, p, lower)
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	out, err := graph.RunOnce(ctx, e, prog, g, func(n *graph.Node) ([]float32, error) { return src.Float32s(n.Name, n.Shape) })
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
