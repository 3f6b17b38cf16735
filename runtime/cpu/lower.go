package cpu

import "github.com/webmunit/webmunit/runtime/graph"

func (p *program) lower(n *graph.Node) error             { return p.reference(n) }
func simdName() string                                   { return "plain" }
func packWeights(raw []float32, s graph.Shape) []float32 { return raw }
