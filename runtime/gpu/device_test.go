package gpu

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// addKernel is a kernel of this test: out[i] = in[i]·scale + bias, scale a constant of the source and bias a dim.
type addKernel struct{ scale float32 }

func (addKernel) Label() string { return "test add" }
func (addKernel) Bindings() []shaders.Access {
	return []shaders.Access{shaders.Read, shaders.ReadWrite}
}

func (k addKernel) Source() string {
	scale := "1.0"
	if k.scale == 2 {
		scale = "2.0"
	}
	return "const SCALE: f32 = " + scale + ";\n" + `
@group(0) @binding(0) var<storage, read> src: array<f32>;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<uniform> dims: array<vec4<u32>, 1>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < dims[0].x) {
    dst[id.x] = src[id.x] * SCALE + f32(dims[0].y);
  }
}
`
}

// lowerAdd lowers Scale to addKernel: factor 1 adds 1, factor 2 doubles and adds 1, and factor 3 does both through scratch memory.
func lowerAdd(n *graph.Node) (lowered, error) {
	elems := n.Shape.Elems()
	one := func(k addKernel, from, to operand) step {
		return step{kernel: k, operands: []operand{from, to}, dims: []uint32{uint32(elems), 1}, groups: [3]uint32{uint32(elems+63) / 64, 1, 1}, flops: int64(elems)}
	}
	src, dst := operand{node: n.Inputs[0]}, operand{node: n}
	switch n.Factor {
	case 3:
		tmp := operand{scratch: 0}
		return lowered{steps: []step{one(addKernel{1}, src, tmp), one(addKernel{2}, tmp, dst)}, scratch: []int{elems}}, nil
	default:
		return lowered{steps: []step{one(addKernel{n.Factor}, src, dst)}}, nil
	}
}

func open(t *testing.T) *Executor {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := Open(ctx, Options{})
	require.NoError(t, err, "no WebGPU adapter: run `make setup`")
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// chain is a graph of n Scales by factor, one after the other, on elems values.
func chain(n int, factor float32, elems int) *graph.Graph {
	g := graph.New()
	x := g.Input("x", elems)
	for range n {
		x = g.Scale(x, factor)
	}
	g.Output("y", x)
	return g
}

func tensorOf(t *testing.T, e *Executor, values ...float32) graph.Tensor {
	t.Helper()
	x, err := e.NewTensor(graph.Shape{len(values)})
	require.NoError(t, err)
	require.NoError(t, x.Write(context.Background(), values))
	return x
}

func valuesOf(t *testing.T, x graph.Tensor) []float32 {
	t.Helper()
	values := make([]float32, x.Shape().Elems())
	require.NoError(t, x.Read(context.Background(), values))
	return values
}

func TestTransfersOfAllSizes(t *testing.T) {
	e := open(t)
	for _, n := range []int{1, 2, 3, 5, 1023, 1025, stagingBytes/4 + 1} {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(i%1021) + 0.5
		}
		x := tensorOf(t, e, values...)
		assert.Equal(t, values, valuesOf(t, x), "%d values", n)
		x.Close()
	}
}

func TestDependentDispatchesRunInOrder(t *testing.T) {
	e := open(t)
	p, err := e.compile(context.Background(), chain(100, 1, 130), nil, lowerAdd)
	require.NoError(t, err)
	defer p.Close()
	x, y := tensorOf(t, e, make([]float32, 130)...), tensorOf(t, e, make([]float32, 130)...)
	require.NoError(t, p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{y}))
	for i, v := range valuesOf(t, y) {
		require.EqualValues(t, 100, v, "element %d", i)
	}
}
