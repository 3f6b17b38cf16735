//go:build js && wasm

// Command wasm is the runtime in the browser: package runtime's Translator for site/src/module/worker.ts, which types what is exported
// here as its interface Runtime. Pixels, weights and styles cross as typed arrays, small option objects by vert.
package main

import "syscall/js"

func main() {
	host := js.Global().Get("munit")
	if !host.Truthy() {
		panic("globalThis.munit is missing: the worker must set an object there before it runs this program")
	}
	newShell().export(host)
	select {} // the exported functions live from here on
}
