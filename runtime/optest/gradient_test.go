//go:build !race

package optest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optable"
)

// TestGradientsByFiniteDifferences holds the reference executor's gradients of every case against central differences in float64: along two
// random directions of each input and param, which every element takes part in, and along some single elements, which tell where a fault is.
// The other executors are held against the reference by the gradients' own rows of the table.
func TestGradientsByFiniteDifferences(t *testing.T) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	for _, c := range optable.Forward() {
		t.Run(c.Name, func(t *testing.T) {
			g := c.Graph()
			loss, wrt := c.Weigh(g)
			require.NoError(t, g.Err())
			values := map[*graph.Node][]float64{}
			for _, n := range g.Nodes() {
				switch n.Op {
				case graph.OpInput:
					values[n] = widen(c.Values(n))
				case graph.OpParam:
					values[n] = widen(optable.Values(n.Name, n.Shape.Elems()))
				}
			}
			got := Outputs(t, c.Gradient(), ref)[len(g.Outputs()):]
			for i, n := range wrt {
				require.Len(t, got[i], n.Shape.Elems(), n.Name)
				for _, direction := range directions(n) {
					want, have, length := slopeAlong(g, values, loss, n, direction), 0.0, 0.0
					for k, v := range direction {
						have += v * float64(got[i][k])
						length += v * v * float64(got[i][k]) * float64(got[i][k])
					}
					// float32 leaves some 1e-7 of each element's part; 1e-8 is what differences leave of a loss of about 1.
					require.InDelta(t, want, have, 2e-6*math.Sqrt(length)+1e-6, "%s along %v", n.Name, head64(direction))
				}
			}
		})
	}
}

// directions are two random ones and up to three single elements of n.
func directions(n *graph.Node) [][]float64 {
	size := n.Shape.Elems()
	all := [][]float64{widen(optable.Values(n.Name+" direction", size)), widen(optable.Values(n.Name+" another", size))}
	for _, i := range []int{0, size / 2, size - 1}[:min(size, 3)] {
		one := make([]float64, size)
		one[i] = 1
		all = append(all, one)
	}
	return all
}

// slopeAlong is the derivative of loss where n moves along direction, by central differences.
func slopeAlong(g *graph.Graph, values map[*graph.Node][]float64, loss, n *graph.Node, direction []float64) float64 {
	const step = 1e-6
	at := values[n]
	defer func() { values[n] = at }()
	move := func(by float64) float64 {
		moved := make([]float64, len(at))
		for i, v := range at {
			moved[i] = v + by*direction[i]
		}
		values[n] = moved
		return evaluate(g, values, loss)
	}
	return (move(step) - move(-step)) / (2 * step)
}

func widen(v []float32) []float64 {
	wide := make([]float64, len(v))
	for i, x := range v {
		wide[i] = float64(x)
	}
	return wide
}

func head64(v []float64) []float64 { return v[:min(len(v), 4)] }
