//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/gpu"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		err     error
		code    code
		message string
	}{
		{fmt.Errorf("%w: direction \"x\"", runtime.ErrDirection), badDirection, `The model cannot do this: direction "x".`},
		{fmt.Errorf("gave up: %w", runtime.ErrDeviceLost), deviceLost, "Gave up: the device was lost."},
		{fmt.Errorf("step 3: %w", context.Canceled), aborted, "Step 3: context canceled."},
		{coded{modelFormat, errors.New("éclair is no model.")}, modelFormat, "Éclair is no model."},
		{coded{modelFormat, errors.New("a\u202eb\x1b[31m")}, modelFormat, `A\u202eb\u001b[31m.`},
		{errors.New("no\u202eidea"), internal, `Something unexpected happened: no\u202eidea.`},
		{fmt.Errorf("gpu: %w: enable WebGPU", runtime.ErrNoGPU), noWebGPU, "No GPU: enable WebGPU."},
		{fmt.Errorf("gpu: kernel conv 4x8 %w: line 3", gpu.ErrCompile), noWebGPU, "Kernel conv 4x8 does not compile: line 3."},
		{errors.New("no idea"), internal, "Something unexpected happened: no idea."},
	} {
		code, message := explain(c.err)
		assert.Equal(t, c.code, code)
		assert.Equal(t, c.message, message)
	}
}

func TestPanicsRejectPromises(t *testing.T) {
	p := promise(func() (js.Value, error) { panic("boom") })
	got := make(chan js.Value, 1)
	take := js.FuncOf(func(_ js.Value, args []js.Value) any {
		got <- args[0]
		return nil
	})
	defer take.Release()
	p.Call("catch", take)
	select {
	case e := <-got:
		assert.Equal(t, "internal", e.Get("code").String())
		assert.Contains(t, e.Get("message").String(), "boom")
	case <-time.After(10 * time.Second):
		require.Fail(t, "the promise was not rejected")
	}
}

// A computation that never waits must hear of an abort that only JavaScript's event loop can bring.
func TestPatientContextHearsEvents(t *testing.T) {
	s := newShell()
	s.host = js.Global().Call("eval", `(() => { // as go.ts
		const { port1, port2 } = new MessageChannel(), waiting = [];
		port1.onmessage = () => waiting.shift()();
		return { breathe: () => new Promise((done) => { waiting.push(done); port2.postMessage(0); }) };
	})()`)
	ctx, end := s.begin(7)
	defer end()
	abort := js.FuncOf(func(js.Value, []js.Value) any {
		s.calls[7]()
		return nil
	})
	defer abort.Release()
	js.Global().Call("setTimeout", abort, 1)
	for start := time.Now(); ctx.Err() == nil; {
		require.Less(t, time.Since(start), 10*time.Second, "the abort did not come through")
	}
}

// TestSanitised: nothing of what a model file says reaches the page as more than text.
func TestSanitised(t *testing.T) {
	v := sanitised(modelInfo{Domains: domains{"a\u202eb", "写真"}, Directions: []string{"\x1b[2J"}, License: "one\ntwo", Source: "\u2066"})
	assert.Equal(t, `a\u202eb`, v.Get("domains").Get("a").String())
	assert.Equal(t, "写真", v.Get("domains").Get("b").String())
	assert.Equal(t, `\u001b[2J`, v.Get("directions").Index(0).String())
	assert.Equal(t, "one\ntwo", v.Get("license").String())
	assert.Equal(t, `\u2066`, v.Get("source").String())
}
