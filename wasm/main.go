//go:build js && wasm

// Command wasm is the runtime in the browser: package runtime's Translator for site/src/module/worker.ts, which types what is exported
// here as its interface Runtime. Pixels, weights and styles cross as typed arrays, small option objects by vert.
package main

import (
	"runtime/debug"
	"syscall/js"
)

// softLimit is from where on Go collects what is left of earlier pictures before it asks for more memory, in bytes. Else it would let as much again pile up as
// is in use (runtime's limit for that in a page is 2 GiB), and wasm ends at 4 GiB.
const softLimit = 3 << 30

func main() {
	host := js.Global().Get("munit")
	if !host.Truthy() {
		panic("globalThis.munit is missing: the worker must set an object there before it runs this program")
	}
	debug.SetMemoryLimit(softLimit)
	newShell().export(host)
	select {} // the exported functions live from here on
}
