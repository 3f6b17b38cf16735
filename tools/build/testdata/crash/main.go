//go:build js && wasm

// Command crash stands in for the runtime and panics when a model is loaded.
package main

import "syscall/js"

func main() {
	js.Global().Get("munit").Set("load", js.FuncOf(func(js.Value, []js.Value) any {
		go panic("the last straw")
		return js.Global().Get("Promise").New(js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	}))
	select {}
}
