//go:build js

package shaders

import (
	"fmt"
	"syscall/js"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBrowserCompilerTakesEveryKernel asks the compiler of the browser or engine, which checks what naga in Go lets pass, and makes a pipeline: the
// driver's compiler comes no sooner.
func TestBrowserCompilerTakesEveryKernel(t *testing.T) {
	adapter := await(t, js.Global().Get("navigator").Get("gpu").Call("requestAdapter"))
	require.False(t, adapter.IsNull(), "no WebGPU adapter: run make setup")
	device := await(t, adapter.Call("requestDevice"))
	defer device.Call("destroy")
	for _, k := range All() {
		t.Run(k.Label(), func(t *testing.T) { assert.Empty(t, compile(t, device, k.Source())) })
	}
	assert.NotEmpty(t, compile(t, device, "@compute @workgroup_size(1) fn main() { let x: u32 = 1.5; }"), "errors must be seen")
}

// compile lists what the browser has to say about a kernel: errors and warnings, with their lines.
func compile(t *testing.T, device js.Value, source string) []string {
	device.Call("pushErrorScope", "validation")
	module := device.Call("createShaderModule", map[string]any{"code": source})
	info := await(t, module.Call("getCompilationInfo")).Get("messages")
	var found []string
	for i := range info.Length() {
		m := info.Index(i)
		found = append(found, fmt.Sprintf("%s in line %d: %s", m.Get("type").String(), m.Get("lineNum").Int(), m.Get("message").String()))
	}
	if len(found) == 0 {
		device.Call("createComputePipeline", map[string]any{"layout": "auto", "compute": map[string]any{"module": module, "entryPoint": "main"}})
	}
	if e := await(t, device.Call("popErrorScope")); !e.IsNull() {
		found = append(found, e.Get("message").String())
	}
	return found
}

func await(t *testing.T, promise js.Value) js.Value {
	type result struct {
		value js.Value
		ok    bool
	}
	done := make(chan result, 1)
	settle := func(ok bool) js.Func {
		return js.FuncOf(func(_ js.Value, args []js.Value) any {
			done <- result{args[0], ok}
			return nil
		})
	}
	resolved, rejected := settle(true), settle(false)
	defer resolved.Release()
	defer rejected.Release()
	promise.Call("then", resolved, rejected)
	r := <-done
	require.True(t, r.ok, "rejected: %v", js.Global().Call("String", r.value))
	return r.value
}
