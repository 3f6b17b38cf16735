// Package onnx writes graphs as ONNX models, so that any of its runtimes computes what ours do.
//
// What it exports may change with any version; runtime and weights are for other modules.
package onnx

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Opset is the version of ONNX's operators that exported models ask for; every runtime since 2022 has it.
const Opset = 17

// Options describe a model to those who open it.
type Options struct {
	Name string
	Doc  string
	// Axes names those axes of an input or output that may have any size, by the tensor's name: "" keeps the graph's size. Only axes of
	// which no node of the graph depends may be named: MUNIT's batch, height and width.
	Axes map[string][]string
	Meta map[string]string // metadata_props
}

// Write writes g with its weights from src, float32, as an ONNX ModelProto. It refuses ops that inference does not have.
func Write(w io.Writer, g *graph.Graph, src graph.ParamSource, o Options) error {
	if err := g.Err(); err != nil {
		return err
	}
	e := &exporter{src: src, names: map[*graph.Node]string{}}
	for i, n := range g.Outputs() {
		e.names[n] = g.OutputName(i)
	}
	for _, n := range g.Nodes() {
		if err := e.add(n); err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	var body message
	for _, n := range e.nodes {
		body.bytes(1, n)
	}
	body.text(2, o.Name)
	for _, t := range e.weights {
		body.bytes(5, t)
	}
	for _, n := range g.Inputs() {
		body.bytes(11, valueInfo(e.names[n], axes(n, o.Axes[e.names[n]])))
	}
	for _, n := range g.Outputs() {
		body.bytes(12, valueInfo(e.names[n], axes(n, o.Axes[e.names[n]])))
	}

	var opset, model message
	opset.text(1, "")
	opset.int(2, Opset)
	model.int(1, 8) // IR version
	model.text(2, "webmunit")
	model.text(6, o.Doc)
	model.bytes(7, body)
	model.bytes(8, opset)
	for _, key := range slices.Sorted(maps.Keys(o.Meta)) {
		var entry message
		entry.text(1, key)
		entry.text(2, o.Meta[key])
		model.bytes(14, entry)
	}
	_, err := w.Write(model)
	return err
}

func axes(n *graph.Node, names []string) []axis {
	all := make([]axis, len(n.Shape))
	for i, size := range n.Shape {
		all[i].size = size
		if i < len(names) {
			all[i].name = names[i]
		}
	}
	return all
}

// exporter collects NodeProtos and initialisers.
type exporter struct {
	src     graph.ParamSource
	names   map[*graph.Node]string
	nodes   []message
	weights []message
	made    int // names, so far
}

// name is that of n's value; nodes that are neither inputs, weights nor outputs get one from their number.
func (e *exporter) name(n *graph.Node) string {
	if _, ok := e.names[n]; !ok {
		if n.Op == graph.OpInput || n.Op == graph.OpParam {
			e.names[n] = n.Name
		} else {
			e.names[n] = e.fresh()
		}
	}
	return e.names[n]
}

func (e *exporter) fresh() string {
	e.made++
	return fmt.Sprintf("v%d", e.made)
}

// node appends a NodeProto with the result named y.
func (e *exporter) node(y, op string, in []string, attrs ...attr) {
	var m message
	for _, x := range in {
		m.text(1, x)
	}
	m.text(2, y)
	m.text(3, fmt.Sprintf("%s_%d", op, len(e.nodes)))
	m.text(4, op)
	for _, a := range attrs {
		m.bytes(5, a)
	}
	e.nodes = append(e.nodes, m)
}

// step is node with a result that only later steps use, whose name it returns.
func (e *exporter) step(op string, in []string, attrs ...attr) string {
	y := e.fresh()
	e.node(y, op, in, attrs...)
	return y
}

func (e *exporter) floats(dims []int, values ...float32) string {
	name := e.fresh()
	e.weights = append(e.weights, floatTensor(name, dims, values))
	return name
}

func (e *exporter) ints(values ...int) string {
	name := e.fresh()
	e.weights = append(e.weights, intTensor(name, values))
	return name
}

// scalar is a float tensor without axes.
func (e *exporter) scalar(v float32) string { return e.floats(nil, v) }
