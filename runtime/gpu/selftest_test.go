package gpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/webmunit/webmunit/runtime/graph"
)

func TestSelfTestPasses(t *testing.T) {
	checks := open(t).SelfTest(context.Background())
	assert.Len(t, checks, len(selfTests))
	for _, c := range checks {
		assert.NoError(t, c.Err, c.Name)
	}
}

func TestSelfTestRefusesNonsense(t *testing.T) {
	e := open(t)
	wrong := elementwise("off by a little", func(g *graph.Graph, x *graph.Node) *graph.Node { return g.Scale(x, 1.001) },
		func(v float64) float64 { return v })
	assert.ErrorContains(t, e.check(context.Background(), wrong).Err, "the device computes")
}
