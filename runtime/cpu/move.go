package cpu

import (
	"runtime"
	"unsafe"
)

// In WebAssembly copy is a call out of the program, which takes as long as copying some hundred numbers here; so is an assignment of arrays.
const shortMove = 128

// move is copy for two slices of one length, of which most are short.
func move(to, from []float32) {
	if runtime.GOARCH != "wasm" || len(from) > shortMove {
		copy(to, from)
		return
	}
	for len(from) >= panelPixels && len(to) >= panelPixels {
		moveRow((*row)(to), (*row)(from))
		to, from = to[panelPixels:], from[panelPixels:]
	}
	//lint:ignore S1001 copy is what this does without
	for i, v := range from {
		to[i] = v
	}
}

// moveRow moves two numbers at a time.
func moveRow(to, from *row) {
	t, f := (*[panelPixels / 2]uint64)(unsafe.Pointer(to)), (*[panelPixels / 2]uint64)(unsafe.Pointer(from))
	t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7] = f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]
}
