//go:build !race

package optest

import (
	"context"
	goruntime "runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/weights"
)

// zeros are weights of any shape.
type zeros struct{}

func (zeros) Float32s(_ string, shape []int) ([]float32, error) {
	return make([]float32, graph.Shape(shape).Elems()), nil
}

// planNetworks are MUNIT's at several sizes: below and above those from which convolutions are transformed, odd ones, and several styles at a time.
func planNetworks() map[string]func(g *graph.Graph) {
	all := map[string]func(g *graph.Graph){}
	cfg := weights.Config{InputDimA: 3, InputDimB: 3, Gen: weights.Gen{Dim: 16, MLPDim: 32, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 2, PadType: "reflect"}}
	for name, s := range map[string]struct{ h, w, styles int }{"16×16": {16, 16, 1}, "36×52": {36, 52, 1}, "128×64": {128, 64, 1}, "64×64, 3 styles": {64, 64, 3}} {
		all["content of "+name] = func(g *graph.Graph) {
			b := net.Builder{Graph: g, Config: cfg}
			g.Output("content", b.EncodeContent(weights.A, g.Input("image", 1, 3, s.h, s.w)))
		}
		all["style of "+name] = func(g *graph.Graph) {
			b := net.Builder{Graph: g, Config: cfg}
			g.Output("style", b.EncodeStyle(weights.B, g.Input("image", 1, 3, s.h, s.w)))
		}
		all["picture of "+name] = func(g *graph.Graph) {
			b := net.Builder{Graph: g, Config: cfg}
			code, style := g.Input("content", 1, cfg.ContentDim(), s.h/4, s.w/4), g.Input("style", s.styles, 8)
			g.Output("image", b.Decode(weights.B, code, b.MLP(weights.B, style)))
		}
	}
	return all
}

// holdPlan asks e for the plan of g, and holds it against what is allocated then. It leaves nothing behind.
func holdPlan(t *testing.T, e graph.Executor, p graph.Params, g *graph.Graph) {
	ctx := context.Background()
	tensors := func(nodes []*graph.Node) (all []graph.Tensor) {
		for _, n := range nodes {
			x, err := e.NewTensor(n.Shape)
			require.NoError(t, err)
			all = append(all, x)
		}
		return all
	}
	plan, err := e.Plan(ctx, g, p)
	require.NoError(t, err)
	before := e.Usage()
	again, err := e.Plan(ctx, g, p)
	require.NoError(t, err)
	require.Equal(t, plan, again)
	require.Equal(t, before, e.Usage(), "a plan allocates nothing")
	prog, err := e.Compile(ctx, g, p)
	require.NoError(t, err)
	defer prog.Close()
	require.Equal(t, plan, prog.Memory())
	after := e.Usage()
	require.Equal(t, plan.Arena+plan.Shared, after.Activations+after.Weights-before.Activations-before.Weights)
	all := append(tensors(g.Inputs()), tensors(g.Outputs())...)
	require.Equal(t, plan.Args, e.Usage().Tensors-before.Tensors)
	for _, x := range all {
		x.Close()
	}
	require.Equal(t, before.Tensors, e.Usage().Tensors)

	second, err := e.Plan(ctx, g, p)
	require.NoError(t, err)
	require.Zero(t, second.Shared, "all that is shared is there")
	plan.Shared = 0
	require.Equal(t, plan, second)
}

// TestPlansAreWhatIsAllocated: what Plan says is what a program then takes, whatever its graph.
func TestPlansAreWhatIsAllocated(t *testing.T) {
	needs.GPU(t)
	g, err := gpu.Open(context.Background(), gpu.Options{})
	require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
	for name, e := range map[string]graph.Executor{"CPU": cpu.New(cpu.Options{}), "reference": cpu.New(cpu.Options{Reference: true}), "GPU": g} {
		t.Run(name, func(t *testing.T) {
			defer e.Close()
			for name, build := range planNetworks() {
				t.Run(name, func(t *testing.T) {
					g := graph.New()
					build(g)
					p := e.NewParams(zeros{})
					defer p.Close()
					holdPlan(t, e, p, g)
				})
			}
			for i, c := range optable.Cases() {
				if name == "GPU" && i%8 != 0 { // each compiles kernels
					continue
				}
				t.Run(c.Name, func(t *testing.T) {
					p := e.NewParams(optable.Params{})
					defer p.Close()
					holdPlan(t, e, p, c.Graph())
				})
			}
			u := e.Usage()
			require.Zero(t, u.Weights)
			require.Zero(t, u.Tensors)
		})
	}
}

// TestPlansAreWhatTheProcessTakes holds plans of the CPU, whose memory is Go's, against Go's own count.
func TestPlansAreWhatTheProcessTakes(t *testing.T) {
	heap := func() int64 {
		goruntime.GC()
		goruntime.GC()
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for name, build := range planNetworks() {
		t.Run(name, func(t *testing.T) {
			e := cpu.New(cpu.Options{})
			defer e.Close()
			g := graph.New()
			build(g)
			p := e.NewParams(zeros{})
			before := heap()
			prog, err := e.Compile(context.Background(), g, p)
			require.NoError(t, err)
			m := prog.Memory()
			require.InEpsilon(t, m.Arena+m.Shared+tables, heap()-before+tables, 0.03)
			goruntime.KeepAlive(prog)
		})
	}
}

// tables are what is not counted: steps, and where convolutions read.
const tables = 1 << 20
