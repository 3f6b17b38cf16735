package cpu

import "github.com/webmunit/webmunit/runtime/graph"

// A page does not train. Gradients are right there, but computed as the reference does, so that their kernels are no part of the download.

type gradients struct{}

var composites []graph.Op

func (p *program) lowerGradient(n *graph.Node) error { return p.reference(n) }
