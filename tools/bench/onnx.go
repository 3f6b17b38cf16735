package main

import (
	"bytes"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/onnx"
	"github.com/webmunit/webmunit/tools/internal/bench"
	"github.com/webmunit/webmunit/weights"
)

// onnxOf is n for onnxruntime-web: a picture x and, if there are any, a style to a picture y. All sizes are fixed, from which its optimiser gains.
func onnxOf(n bench.Network) ([]byte, error) {
	g := graph.New()
	b := net.Builder{Graph: g, Config: n.Config}
	g.Output("y", b.Translate(weights.A2B, g.Input("x", 1, 3, n.Size, n.Size), b.Style(weights.A2B, 1, n.Size, n.Size)))
	var file bytes.Buffer
	err := onnx.Write(&file, g, n.Model(), onnx.Options{Name: "munit", Doc: n.Title})
	return file.Bytes(), err
}
