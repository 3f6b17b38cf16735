//go:build js && wasm

// Command crash stands in for the runtime and panics when a model is loaded.
package main

import "syscall/js"

func main() {
	promise := js.Global().Get("Promise")
	host := js.Global().Get("munit")
	host.Set("open", js.FuncOf(func(js.Value, []js.Value) any { return promise.Call("resolve") }))
	host.Set("load", js.FuncOf(func(js.Value, []js.Value) any {
		go panic("the last straw")
		return promise.New(js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	}))
	select {}
}
