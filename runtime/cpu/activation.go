package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// activateAll applies an activation in place. The transcendental ones go through float64: they stand on few channels.
func activateAll(a graph.Activation, y []float32) {
	switch a {
	case graph.ActNone:
	case graph.ActRelu:
		for i, v := range y {
			y[i] = max(v, 0)
		}
	case graph.ActLeakyRelu:
		for i, v := range y {
			y[i] = max(v, graph.LeakySlope*v)
		}
	case graph.ActAbs:
		for i, v := range y {
			y[i] = max(v, -v)
		}
	default:
		for i, v := range y {
			y[i] = float32(a.Value(float64(v)))
		}
	}
}
