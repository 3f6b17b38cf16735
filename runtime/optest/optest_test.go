package optest

import (
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/onnx"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/weights"
)

// These tests run natively (Vulkan, Metal) and, built for js/wasm, in Chromium (WebGPU).

func TestCPU(t *testing.T) {
	e := cpu.New(cpu.Options{})
	defer e.Close()
	holdAgainstTable(t, e)
}

func holdAgainstTable(t *testing.T, e graph.Executor) {
	t.Run("ops", func(t *testing.T) { Run(t, e) })
	for _, name := range optable.Goldens {
		Golden(t, e, name)
	}
	for _, name := range GoldenTrainings {
		goldenTraining(t, e, name)
	}
	t.Run("discriminator", func(t *testing.T) { discriminator(t, e) })
	t.Run("kin", func(t *testing.T) { kin(t, e) })
}

// TestTableCoversOps keeps the table whole: an op without a case is a hole in every executor's tests. It names what else an op lacks that no case would miss.
func TestTableCoversOps(t *testing.T) {
	seen, fused, exported := map[graph.Op]bool{}, map[graph.Op]bool{}, map[graph.Op]bool{}
	for _, c := range optable.Cases() {
		g := c.Graph()
		require.NoError(t, g.Err(), c.Name)
		exports := onnx.Write(io.Discard, g, synthetic{}, onnx.Options{}) == nil
		for _, n := range g.Nodes() {
			seen[n.Op] = true
			exported[n.Op] = exported[n.Op] || exports
		}
		for _, n := range graph.Fuse(g).Nodes() {
			fused[n.Op] = true
		}
	}
	for _, op := range graph.Ops() {
		require.True(t, seen[op], "runtime/optable/cases.go has no case of %v", op)
		require.Equal(t, op.Differentiable() && !slices.Contains(ofLosses, op) || op <= graph.OpParam, exported[op], "runtime/onnx/ops.go: the form of %v, and none of what only losses have", op)
		require.NotEqual(t, op.Composite(), fused[op], "a lone %v must be left by fusion unless it is made of others", op)
	}
}

// ofLosses are the ops that networks for inference do not have.
var ofLosses = []graph.Op{graph.OpReduceMean, graph.OpReduceSum, graph.OpTranspose, graph.OpPad}

// synthetic are weights by their names.
type synthetic struct{}

func (synthetic) Float32s(name string, shape []int) ([]float32, error) {
	return optable.Values(name, graph.Shape(shape).Elems()), nil
}

// discriminator holds the discriminator against the reference executor: without training there are no golden vectors of it.
func discriminator(t *testing.T, e graph.Executor) {
	cfg := LoadGolden(t, "tiny").Config
	cfg.Dis.Dim, cfg.Dis.NLayer, cfg.Dis.NumScales = 4, 2, 3
	c := optable.Case{Build: func(g *graph.Graph) {
		b := &net.Builder{Graph: g, Config: cfg}
		for _, logits := range b.Discriminate(weights.B, g.Input("x", 1, 3, 37, 45)) {
			g.Output("logits", logits)
		}
	}}
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	want, got := Outputs(t, c, ref), Outputs(t, c, e)
	require.Len(t, want, 3)
	for i := range want {
		require.LessOrEqual(t, optable.NMSE(got[i], want[i]), optable.MaxNMSE)
	}
}
