package optest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
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

// TestTableCoversOps keeps the table whole: an op without a case is a hole in every backend's tests.
func TestTableCoversOps(t *testing.T) {
	seen, fused := map[graph.Op]bool{}, map[graph.Op]bool{}
	for _, c := range optable.Cases() {
		g := c.Graph()
		require.NoError(t, g.Err(), c.Name)
		for _, n := range g.Nodes() {
			seen[n.Op] = true
		}
		for _, n := range graph.Fuse(g).Nodes() {
			fused[n.Op] = true
		}
	}
	for _, op := range graph.Ops() {
		require.True(t, seen[op], "no case has %v", op)
		require.NotEqual(t, op.Composite(), fused[op], "a lone %v must be left by fusion unless it is made of others", op)
	}
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
