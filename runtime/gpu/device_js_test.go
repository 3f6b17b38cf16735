//go:build js && wasm

package gpu

import (
	"context"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

func TestNoGPU(t *testing.T) {
	navigator := js.Global().Get("navigator")
	js.Global().Get("Object").Call("defineProperty", navigator, "gpu", js.ValueOf(map[string]any{"value": nil, "configurable": true}))
	defer navigator.Delete("gpu") // the prototype's comes forth again
	_, err := Open(context.Background(), Options{})
	assert.ErrorIs(t, err, ErrNoGPU)
	assert.ErrorContains(t, err, "use a browser with WebGPU")
}

func TestRawObjectsAreReached(t *testing.T) {
	e := open(t)
	for wrapper, class := range map[any]string{e.dev.dev: "GPUDevice", e.dev.adapter: "GPUAdapter", e.dev.queue: "GPUQueue"} {
		assert.Equal(t, class, rawOf(wrapper).Get("constructor").Get("name").String())
	}
	for _, p := range e.pipelines {
		assert.Equal(t, "GPUComputePipeline", rawOf(p.compute).Get("constructor").Get("name").String())
	}
}

func TestLossCausedByThePage(t *testing.T) {
	for name, wait := range map[string]time.Duration{"at once": 0, "under the run": 50 * time.Millisecond} {
		e := open(t)
		p, x, y := slow(t, e, 100, slowly)
		time.AfterFunc(wait, func() { e.dev.raw.Call("destroy") })
		assert.ErrorIs(t, promptly(t, func() error {
			if err := p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{y}); err != nil {
				return err
			}
			return y.Read(context.Background(), make([]float32, 64))
		}), graph.ErrDeviceLost, name)
	}
}

func TestLossBetweenCalls(t *testing.T) {
	e := open(t)
	p, x, y := compile(t, e, chain(2, both, 3)), tensorOf(t, e, 1, 2, 3), tensorOf(t, e, 0, 0, 0)
	e.dev.raw.Call("destroy")
	assert.ErrorIs(t, promptly(t, func() error {
		if err := p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{y}); err != nil {
			return err
		}
		return y.Read(context.Background(), make([]float32, 3))
	}), graph.ErrDeviceLost)
}

// invalidKernel is WGSL that naga accepts.
type invalidKernel struct{ plusKernel }

func (invalidKernel) Label() string { return "invalid" }
func (invalidKernel) Source() string {
	return "@compute @workgroup_size(1) fn main() { let x: u32 = 1.5; }"
}

func TestInvalidKernelsAreReported(t *testing.T) {
	_, err := open(t).compile(context.Background(), chain(1, plusOne, 4), nil, func(n *graph.Node) (lowered, error) {
		l, err := lowerPlus(n)
		l.steps[0].kernel = invalidKernel{}
		return l, err
	})
	assert.ErrorContains(t, err, "kernel invalid does not compile")
	assert.ErrorContains(t, err, "1.5", "Tint's own words")
}

func TestUncapturedErrorsBecomeErrors(t *testing.T) {
	e := open(t)
	x := tensorOf(t, e, 1, 2, 3)
	e.dev.raw.Call("createBuffer", js.ValueOf(map[string]any{"size": 4, "usage": 0}))
	var err error
	require.Eventually(t, func() bool { // the event takes its time
		err = x.Read(context.Background(), make([]float32, 3))
		return err != nil
	}, 10*time.Second, time.Millisecond)
	assert.NotErrorIs(t, err, graph.ErrDeviceLost)
	assert.Equal(t, []float32{1, 2, 3}, valuesOf(t, x), "once")
}

func TestExceptionsBecomeErrors(t *testing.T) {
	e := open(t)
	err := e.do(context.Background(), func() error {
		e.dev.raw.Call("createBuffer", 7)
		return nil
	})
	assert.ErrorContains(t, err, "the browser refused")
	assert.PanicsWithValue(t, "Go's own", func() { _ = guarded(func() error { panic("Go's own") }) })
}
