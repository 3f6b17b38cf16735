package cpu_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// everyOp is a small network in which all kinds of steps occur, alone and fused.
func everyOp() *graph.Graph {
	g := graph.New()
	x := g.Input("x", 2, 3, 17, 15)
	same := graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect}
	h := g.Conv(x, g.Param("w", 5, 3, 3, 3), g.Param("b", 5), same)
	h = g.Activate(graph.ActTanh, h)
	h = g.Add(h, g.InstanceNorm(g.Conv(h, g.Param("r", 5, 5, 3, 3), nil, same), 1e-5))
	h = g.Activate(graph.ActRelu, g.Affine(g.LayerNorm(g.Conv(g.Upsample(h), g.Param("r", 5, 5, 3, 3), nil, same), 1e-5), g.Param("b", 5), g.Param("b", 5)))
	h = g.Mul(h, g.Sub(h, g.Scale(h, 0.5)))
	h = g.PRelu(g.Affine(g.AveragePool(h, 3, 2, 1), g.Param("b", 5), g.Param("b", 5)), g.Param("one", 1))
	s := g.Slice(g.Gemm(g.GlobalAveragePool(h), g.Param("m", 7, 5), g.Param("c", 7)), 1, 6)
	g.Output("mean", g.ReduceMean(h))
	g.Output("row", g.Reshape(s, 12))
	return g
}

func TestRunAllocatesNothing(t *testing.T) {
	for _, threads := range []int{1, 2} {
		run := compile(t, cpu.Options{Threads: threads}, everyOp(), constant(0.1))
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		assert.Zero(t, testing.AllocsPerRun(20, func() { assert.NoError(t, run(ctx)) }), "%d threads", threads)
	}
}

// countdown is a context that ends when it has been asked a number of times.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// A convolution must look at its context after every few milliseconds of work, and stop at once when it has ended.
func TestRunStopsWithinAConv(t *testing.T) {
	g := graph.New()
	g.Output("y", g.Conv(g.Input("x", 1, 128, 32, 32), g.Param("w", 128, 128, 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1}))
	for _, threads := range []int{1, 3} {
		run := compile(t, cpu.Options{Threads: threads}, g, constant(0.1))
		const many = 1 << 40
		ctx := &countdown{Context: context.Background()}
		ctx.left.Store(many)
		require.NoError(t, run(ctx))
		checks := many - ctx.left.Load()
		assert.Greater(t, checks, g.FLOPs()/100e6, "a check per 100 MFLOP is one in a few milliseconds")

		ctx.left.Store(checks / 2)
		require.ErrorIs(t, run(ctx), context.Canceled)
		assert.LessOrEqual(t, -ctx.left.Load(), int64(threads+1), "each worker stops at its first look, and Run looks once more")
		require.NoError(t, run(context.Background()), "the program serves on")
	}
}

func TestClosedThingsGiveErrors(t *testing.T) {
	ctx := context.Background()
	g := graph.New()
	g.Output("y", g.Add(g.Input("x", 2), g.Param("p", 2)))
	e, other := cpu.New(cpu.Options{Threads: 2}), cpu.New(cpu.Options{Threads: 1})
	params := e.NewParams(constant(1))
	program, err := e.Compile(ctx, g, params)
	require.NoError(t, err)
	x, y := newTensor(t, e, graph.Shape{2}), newTensor(t, e, graph.Shape{2})
	run := func(in, out graph.Tensor) error { return program.Run(ctx, []graph.Tensor{in}, []graph.Tensor{out}) }
	require.NoError(t, run(x, y))

	assert.ErrorContains(t, run(x, x), "needs its own")
	assert.ErrorContains(t, run(x, newTensor(t, e, graph.Shape{3})), "[3], not [2]")
	assert.ErrorContains(t, run(newTensor(t, other, graph.Shape{2}), y), "another executor")
	assert.ErrorContains(t, program.Run(ctx, nil, []graph.Tensor{y}), "1 inputs")
	assert.ErrorContains(t, x.Write(ctx, []float32{1}), "which has 2")
	_, err = e.NewTensor(graph.Shape{2, 0})
	assert.ErrorContains(t, err, "at least 1")
	_, err = other.Compile(ctx, g, params)
	assert.ErrorContains(t, err, "another executor")
	_, err = e.Compile(ctx, g, e.NewParams(table{"p": {1, 2, 3}}))
	assert.ErrorContains(t, err, "p: the source gave 3 values")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	assert.ErrorIs(t, program.Run(ended, []graph.Tensor{x}, []graph.Tensor{y}), context.Canceled)

	x.Close()
	assert.ErrorContains(t, run(x, y), "closed")
	assert.ErrorContains(t, x.Read(ctx, make([]float32, 2)), "closed")
	params.Close()
	_, err = e.Compile(ctx, g, params)
	assert.ErrorContains(t, err, "closed")
	program.Close()
	assert.ErrorContains(t, run(y, y), "closed")
	require.NoError(t, e.Close())
	require.NoError(t, e.Close())
	assert.ErrorContains(t, y.Read(ctx, make([]float32, 2)), "closed")
	assert.ErrorContains(t, run(y, y), "closed")
	_, err = e.NewTensor(graph.Shape{1})
	assert.ErrorContains(t, err, "closed")
	_, err = e.Compile(ctx, g, params)
	assert.ErrorContains(t, err, "closed")
	program.Close()
	params.Close()
	y.Close()
	require.NoError(t, other.Close())
}

// Programs of one executor may be used from any goroutine: each run sees its own tensors.
func TestConcurrentRuns(t *testing.T) {
	ctx := context.Background()
	e := cpu.New(cpu.Options{Threads: 3})
	defer e.Close()
	params := e.NewParams(constant(0.25))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			g := graph.New()
			g.Output("y", g.Conv(g.Input("x", 1, 1, 9, 9), g.Param("w", 1, 1, 3, 3), nil, graph.ConvAttrs{Stride: 1}))
			program, err := e.Compile(ctx, g, params)
			if !assert.NoError(t, err) {
				return
			}
			x, err := e.NewTensor(graph.Shape{1, 1, 9, 9})
			assert.NoError(t, err)
			y, err := e.NewTensor(graph.Shape{1, 1, 7, 7})
			assert.NoError(t, err)
			in, out := make([]float32, 81), make([]float32, 49)
			for round := range 20 {
				for j := range in {
					in[j] = float32(i*100 + round)
				}
				assert.NoError(t, x.Write(ctx, in))
				assert.NoError(t, program.Run(ctx, []graph.Tensor{x}, []graph.Tensor{y}))
				assert.NoError(t, y.Read(ctx, out))
				assert.Equal(t, in[0]*9*0.25, out[i])
			}
			program.Close()
		})
	}
	all.Wait()
}

// counting is a ParamSource that remembers how often it was asked.
type counting map[string]int

func (c counting) Float32s(name string, shape []int) ([]float32, error) {
	c[name]++
	return constant(1).Float32s(name, shape)
}

func TestParamsAreAskedForOnce(t *testing.T) {
	e := cpu.New(cpu.Options{Threads: 1})
	defer e.Close()
	src := counting{}
	params := e.NewParams(src)
	for range 2 {
		_, err := e.Compile(context.Background(), everyOp(), params)
		require.NoError(t, err)
	}
	assert.Equal(t, counting{"w": 1, "r": 1, "b": 1, "m": 1, "c": 1, "one": 1}, src)
}

// A value may be an output under several names and shapes, and a node may read one value twice.
func TestSharedMemory(t *testing.T) {
	for _, o := range []cpu.Options{{Threads: 1}, {Threads: 1, Reference: true}} {
		g := graph.New()
		x := g.Input("x", 1, 2)
		double := g.Add(x, x)
		g.Output("first", g.Reshape(double, 2))
		g.Output("again", double)
		g.Output("square", g.Mul(double, g.Reshape(g.Reshape(double, 2), 1, 2)))
		got := evaluate(t, o, g, table{}, []float32{1, -3})
		assert.Equal(t, [][]float32{{2, -6}, {2, -6}, {4, 36}}, got)
	}
}

func TestInfo(t *testing.T) {
	e := cpu.New(cpu.Options{Threads: 2})
	defer e.Close()
	info := e.Info()
	assert.Equal(t, "cpu", info.Kind)
	assert.NotEmpty(t, info.Name)
	assert.True(t, strings.HasPrefix(info.Backend, "Go, ") && strings.HasSuffix(info.Backend, ", 2 threads"), info.Backend)
	ref := cpu.New(cpu.Options{Threads: 1, Reference: true})
	defer ref.Close()
	assert.Equal(t, "Go, plain, 1 thread", ref.Info().Backend)
	if runtime.GOARCH == "wasm" {
		assert.Contains(t, info.Backend, "plain")
	}
}

// Tensors are counted as long as they are there: until they are closed, once, or forgotten.
func TestTensorsAreCounted(t *testing.T) {
	e := cpu.New(cpu.Options{})
	defer e.Close()
	shape := graph.Shape{1, 1000}
	x, err := e.NewTensor(shape)
	require.NoError(t, err)
	require.EqualValues(t, 4000, e.Usage().Tensors)
	x.Close()
	x.Close()
	require.Zero(t, e.Usage().Tensors)
	_, err = e.NewTensor(shape)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		runtime.GC()
		return e.Usage().Tensors == 0
	}, 10*time.Second, time.Millisecond)
	runtime.KeepAlive(x)
}
