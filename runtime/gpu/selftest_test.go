package gpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/webmunit/webmunit/runtime/graph"
)

func TestSelfTestPasses(t *testing.T) {
	checks := open(t).SelfTest(context.Background())
	assert.Len(t, checks, len(selfTests()))
	for _, c := range checks {
		assert.NoError(t, c.Err, c.Name)
	}
}

func TestSelfTestRefusesNonsense(t *testing.T) {
	e := open(t)
	scaled := func(by float32) *graph.Graph {
		return ofImage("scale", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Scale(x, by) }).graph()
	}
	assert.ErrorContains(t, e.hold(context.Background(), scaled(1.001), scaled(1)), "the device computes")
}
