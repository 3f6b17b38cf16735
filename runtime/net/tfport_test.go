package net_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/tfport"
	"github.com/webmunit/webmunit/weights/tfport/tftest"
)

// TestTensorFlowPort holds an imported checkpoint of the TensorFlow port against what a program of its own computed as the port does.
func TestTensorFlowPort(t *testing.T) {
	golden, err := tftest.LoadGolden()
	require.NoError(t, err)
	index, data := tftest.Bundle(tftest.Port())
	m, err := tfport.Import(index, func(int, int) (tfport.Shard, error) { return bytes.NewReader(data), nil })
	require.NoError(t, err)

	const height, width = 16, 32
	g := graph.New()
	b := &net.Builder{Graph: g, Config: m.Config}
	x := g.Input("x", 1, 3, height, width)
	style := b.EncodeStyle(weights.B, x)
	g.Output("style", style)
	g.Output("picture", b.Decode(weights.B, b.EncodeContent(weights.A, x), b.MLP(weights.B, style)))

	nhwc := tftest.Uniform("picture", 3*height*width)
	nchw := make([]float32, len(nhwc))
	for i, v := range nhwc {
		nchw[i%3*height*width+i/3] = v
	}
	e := cpu.New(cpu.Options{})
	defer e.Close()
	out, err := optable.Compute(context.Background(), e, g, m, map[string][]float32{"x": nchw})
	require.NoError(t, err)
	assert.LessOrEqual(t, optable.MaxAbs(out[0], golden.Style), 1e-5)
	assert.LessOrEqual(t, optable.MaxAbs(out[1], golden.Picture), 1e-4)
}
