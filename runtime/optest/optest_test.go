package optest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// These tests run natively (Vulkan, Metal) and, built for js/wasm, in Chromium (WebGPU).

func TestCPU(t *testing.T) {
	e := cpu.New(cpu.Options{})
	defer e.Close()
	holdAgainstTable(t, e)
}

func TestGPU(t *testing.T) {
	e, err := gpu.Open(context.Background(), gpu.Options{})
	require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
	defer e.Close()
	t.Logf("%+v", e.Info())
	holdAgainstTable(t, e)
}

// TestGPUVariants holds every way to compute a convolution against the table, also those that the executor would not choose here.
func TestGPUVariants(t *testing.T) {
	for _, name := range gpu.VariantNames() {
		t.Run(name, func(t *testing.T) {
			e, err := gpu.Open(context.Background(), gpu.Options{Variant: name})
			require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
			defer e.Close()
			RunConvs(t, e, name, gpu.Tolerance(name))
		})
	}
}

func holdAgainstTable(t *testing.T, e graph.Executor) {
	t.Run("ops", func(t *testing.T) { Run(t, e) })
	for _, name := range []string{"tiny", "zero3"} {
		Golden(t, e, name)
	}
	for _, name := range []string{"train", "train_nsgan"} {
		goldenTraining(t, e, name)
	}
	t.Run("discriminator", func(t *testing.T) { discriminator(t, e) })
}

// TestReferenceGolden shows that the oracle of the op table is right: its plain loops give the golden vectors.
func TestReferenceGolden(t *testing.T) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	for _, name := range []string{"tiny", "zero3"} {
		Golden(t, ref, name)
	}
}

// TestTableCoversOps keeps the table whole: an op without a case is a hole in every backend's tests.
func TestTableCoversOps(t *testing.T) {
	seen, fused := map[graph.Op]bool{}, map[graph.Op]bool{}
	for _, c := range Cases() {
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
		require.True(t, fused[op], "no case keeps a lone %v after fusion", op)
	}
}

// discriminator holds the discriminator against the reference executor: without training there are no golden vectors of it.
func discriminator(t *testing.T, e graph.Executor) {
	cfg := LoadGolden(t, "tiny").Config
	cfg.Dis.Dim, cfg.Dis.NLayer, cfg.Dis.NumScales = 4, 2, 3
	c := Case{Build: func(g *graph.Graph) {
		b := &net.Builder{Graph: g, Config: cfg}
		for _, logits := range b.Discriminate(weights.B, g.Input("x", 1, 3, 37, 45)) {
			g.Output("logits", logits)
		}
	}}
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	want, got := c.Execute(t, ref), c.Execute(t, e)
	require.Len(t, want, 3)
	for i := range want {
		require.LessOrEqual(t, NMSE(got[i], want[i]), maxNMSE)
	}
}
