package gpu

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/shaders"
)

// plusKernel is a kernel of these tests: dst[i] = src[i]·SCALE + addend, after some rounds of useless work.
type plusKernel struct{ scale int }

func (k plusKernel) Label() string { return fmt.Sprintf("test plus %d", k.scale) }
func (plusKernel) Bindings() []shaders.Access {
	return []shaders.Access{shaders.Read, shaders.ReadWrite}
}

func (plusKernel) Dims() any { return &plusDims{} }

type plusDims struct{ Count, Addend, Rounds, Never int }

func (k plusKernel) Source() string {
	return fmt.Sprintf("const SCALE: f32 = %d.0;\n", k.scale) + `
@group(0) @binding(0) var<storage, read> src: array<f32>;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
struct Dims {
    count: u32,
    addend: u32,
    rounds: u32,
    never: u32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var n = id.x;
  for (var i = 0u; i < dims.rounds; i = i + 1u) {
    n = (n ^ (n >> 15u)) * 747796405u + i;
  }
  if (id.x >= dims.count) {
    return;
  }
  var y = src[id.x] * SCALE + f32(dims.addend);
  if (n == dims.never) {
    y = y + f32(dims.never); // adds 0, which no compiler knows
  }
  dst[id.x] = y;
}
`
}

// Factors of Scale that lowerPlus gives a meaning to.
const (
	plusOne    = 1 // x + 1
	doublePlus = 2 // 2x + 1
	both       = 3 // 2(x + 1) + 1, through scratch memory
	slowly     = 4 // x + 1 in a submit of its own that takes some 0.05 s on an emulated GPU
	slower     = 5 // the same six times as long
)

// slowness is what a slow step has too many of: rounds, which llvmpipe cuts off at 65535, and workgroups.
func slowness() (rounds int, groups uint32) {
	if runtime.GOOS == "js" {
		return 20_000, 8 // SwiftShader
	}
	return 20_000, 16 // llvmpipe
}

// lowerPlus lowers the Scales of chain.
func lowerPlus(n *graph.Node) (lowered, error) {
	elems := n.Shape.Elems()
	plus := func(scale int, from, to operand) step {
		return step{kernel: plusKernel{scale}, operands: []operand{from, to}, dims: &plusDims{Count: elems, Addend: 1},
			groups: [3]uint32{uint32(elems+63) / 64, 1, 1}, flops: int64(elems)}
	}
	src, dst := operand{node: n.Inputs[0]}, operand{node: n}
	switch n.Factor {
	case plusOne, doublePlus:
		return one(plus(int(n.Factor), src, dst)), nil
	case both:
		tmp := operand{scratch: 0}
		return lowered{steps: []step{plus(1, src, tmp), plus(2, tmp, dst)}, scratch: []int{elems}}, nil
	case slowly, slower:
		s := plus(1, src, dst)
		rounds, groups := slowness()
		if n.Factor == slower {
			groups *= 6
		}
		s.dims, s.groups[0] = &plusDims{Count: elems, Addend: 1, Rounds: rounds}, groups
		s.flops = flopsPerSubmit
		return one(s), nil
	}
	return lowered{}, fmt.Errorf("no kernel for factor %g", n.Factor)
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

func TestMain(m *testing.M) { validation.Main(m) }

func open(t *testing.T) *Executor {
	t.Helper()
	needs.GPU(t)
	validation.Watch(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := Open(ctx, Options{})
	require.NoError(t, err, "no adapter for WebGPU: run `make setup`")
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

func compile(t *testing.T, e *Executor, g *graph.Graph) graph.Program {
	t.Helper()
	p, err := e.compile(context.Background(), g, nil, lowerPlus)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
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

func mustRun(t *testing.T, p graph.Program, in, out graph.Tensor) {
	t.Helper()
	require.NoError(t, p.Run(context.Background(), []graph.Tensor{in}, []graph.Tensor{out}))
}

// promptly fails the test if f does not return soon: what it tests must not hang.
func promptly(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		require.FailNow(t, "it hangs")
		return nil
	}
}
