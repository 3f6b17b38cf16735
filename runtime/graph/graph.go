// Package graph is the language in which networks and losses are written: a list of nodes in the order of execution,
// each an op with a known shape. One graph serves every executor (see Executor), and differentiation maps graphs to graphs.
//
// What it exports may change with any version; runtime and weights are for other modules.
package graph

import (
	"fmt"
	"slices"
)

// Node is one value of a graph: an op, its inputs and the shape of its result. Nodes are made by Graph's methods and read by executors.
type Node struct {
	ID     int    // position in Graph.Nodes
	Op     Op     //
	Name   string // of an Input or Param: its name; else the scope it was made in, for messages
	Inputs []*Node
	Shape  Shape
	Attrs
}

// Attrs are the attributes of all ops; each op reads those that its constructor sets.
type Attrs struct {
	Stride  int        // Conv, ConvTranspose, AveragePool and their gradients, FlipKernels, FoldPadding
	Pad     int        // Conv, ConvTranspose, AveragePool and their gradients, FoldPadding: the same on all four sides
	Kernel  int        // AveragePool and its gradient
	PadMode PadMode    // Conv, ConvGradWeight, FoldPadding
	Eps     float32    // InstanceNorm: inside the root; LayerNorm: added to the standard deviation; and their gradients
	Factor  float32    // Scale; Constant: the value
	Start   int        // Slice, Pad: first index along axis 1; a share of a Param: first row
	Ranks   int        // AllGather: how many
	Axes    [2]int     // ReduceSum, Expand: the axes [Axes[0], Axes[1]) of the larger shape are those of the smaller
	Of      Activation // ActivationGrad: whose derivative

	// Differentiated says that the loss's gradient goes through the node. Gradient sets it, on what is there already: what it writes itself decides nothing.
	Differentiated bool

	// What Fuse folds into a Conv, InstanceNorm or LayerNorm: y = act(f(x)·scale + shift) + residual.
	Act      Activation // applied to the result (Conv: after the bias), before Residual
	Upsample bool       // Conv, ConvGradWeight: the input is read through nearest ×2
	Affine   *AffineAt  // norms: Inputs[1] is scale's tensor and Inputs[2] shift's
	Residual bool       // norms: the last input is added
}

// AffineAt says where channel c of sample n finds its scale and shift: at tensor[n·Stride + Offset + c]. Stride 0 shares them between samples.
type AffineAt struct {
	ScaleOffset, ScaleStride int
	ShiftOffset, ShiftStride int
}

// Graph is a network under construction or ready to compile. The zero value is not useful: call New.
// Errors are kept: the first one is returned by Err, and later calls do nothing harmful, so that a network reads as a list of calls.
type Graph struct {
	nodes   []*Node
	inputs  []*Node
	outputs []*Node
	names   []string // of outputs
	params  map[string]*Node
	scope   string
	err     error
	alone   bool
}

// New returns an empty graph.
func New() *Graph { return &Graph{params: map[string]*Node{}} }

// Nodes lists all nodes, each after its inputs.
func (g *Graph) Nodes() []*Node { return g.nodes }

// Inputs lists the Input nodes in the order they were made: the order of Program.Run's first argument.
func (g *Graph) Inputs() []*Node { return g.inputs }

// Outputs lists the nodes given to Output, in that order: the order of Program.Run's second argument.
func (g *Graph) Outputs() []*Node { return g.outputs }

// Args is the size of all inputs and outputs in bytes.
func (g *Graph) Args() (bytes int64) {
	for _, nodes := range [][]*Node{g.inputs, g.outputs} {
		for _, n := range nodes {
			bytes += 4 * int64(n.Shape.Elems())
		}
	}
	return bytes
}

// OutputName is the name given to output i.
func (g *Graph) OutputName(i int) string { return g.names[i] }

// Alone keeps the graph from being split between the ranks of a Team: each rank runs the whole of it by itself.
func (g *Graph) Alone() { g.alone = true }

// Training reports whether a gradient is taken of the graph.
func (g *Graph) Training() bool {
	return slices.ContainsFunc(g.nodes, func(n *Node) bool { return n.Differentiated })
}

// Err is the first error of construction; it names the scope, the op and the shapes.
func (g *Graph) Err() error { return g.err }

// Scope prefixes the messages of nodes made from here on, usually with a checkpoint key such as "enc_content.model.0".
func (g *Graph) Scope(name string) { g.scope = name }

// Input declares a tensor that the caller gives to every run.
func (g *Graph) Input(name string, shape ...int) *Node {
	n := g.add(OpInput, shape, Attrs{})
	n.Name = name
	g.inputs = append(g.inputs, n)
	return n
}

// Param declares (or, called again with the same name, returns) a weight that lives as long as the model.
func (g *Graph) Param(name string, shape ...int) *Node {
	if n, ok := g.params[name]; ok {
		if !n.Shape.Equal(shape) {
			g.Fail("Param", "%s was declared %v, now %v", name, n.Shape, Shape(shape))
		}
		return n
	}
	n := g.add(OpParam, shape, Attrs{})
	n.Name = name
	g.params[name] = n
	return n
}

// Output marks a computed node as a result of the graph.
func (g *Graph) Output(name string, n *Node) {
	if n.Storage().Op == OpInput || n.Storage().Op == OpParam {
		g.Fail("Output", "%s is an input or a param; an output must be computed", name)
	}
	g.outputs = append(g.outputs, n)
	g.names = append(g.names, name)
}

// Storage is the node whose memory n shares: a Reshape is a view of its input, every other node has its own.
func (n *Node) Storage() *Node {
	for n.Op == OpReshape {
		n = n.Inputs[0]
	}
	return n
}

// FLOPs counts the multiply-adds of convolutions and matrix products, twice each (element-wise work is left out), as papers do.
func (g *Graph) FLOPs() int64 {
	var total int64
	for _, n := range g.nodes {
		if n.Op < opCount && definitions[n.Op].flops != nil {
			total += definitions[n.Op].flops(n)
		}
	}
	return total
}

func (g *Graph) add(op Op, shape Shape, a Attrs, in ...*Node) *Node {
	for _, d := range shape {
		if d <= 0 {
			g.Fail(op.String(), "the result would have shape %v; every extent must be at least 1", shape)
		}
	}
	n := &Node{ID: len(g.nodes), Op: op, Name: g.scope, Inputs: in, Shape: slices.Clone(shape), Attrs: a}
	g.nodes = append(g.nodes, n)
	return n
}

// Fail records an error of construction, in op or whatever else op names: the graph will not be compiled.
func (g *Graph) Fail(op, format string, args ...any) {
	if g.err != nil {
		return
	}
	where := op
	if g.scope != "" {
		where = g.scope + ": " + op
	}
	g.err = fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...))
}

// check records an error unless ok, and reports ok.
func (g *Graph) check(ok bool, op Op, format string, args ...any) bool {
	if !ok {
		g.Fail(op.String(), format, args...)
	}
	return ok && g.err == nil
}
