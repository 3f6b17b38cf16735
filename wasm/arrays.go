//go:build js && wasm

package main

import (
	"image"
	"syscall/js"
	"unsafe"

	"github.com/webmunit/webmunit/runtime"
)

var (
	uint8Array        = js.Global().Get("Uint8Array")
	uint8ClampedArray = js.Global().Get("Uint8ClampedArray")
)

// bytesFrom copies a Uint8Array or Uint8ClampedArray.
func bytesFrom(a js.Value) []byte {
	b := make([]byte, a.Get("byteLength").Int())
	js.CopyBytesToGo(b, a)
	return b
}

// styleFrom reads the bytes of a Float32Array; wasm and every browser are little-endian.
func styleFrom(a js.Value) runtime.Style {
	s := make(runtime.Style, a.Get("byteLength").Int()/4)
	js.CopyBytesToGo(memoryOf(s), a)
	return s
}

func styleTo(s runtime.Style) js.Value {
	a := uint8Array.New(4 * len(s))
	js.CopyBytesToJS(a, memoryOf(s))
	return a
}

// memoryOf is where s lies.
func memoryOf(s []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), 4*len(s))
}

// pixelsTo gives Pixels of protocol.ts. img's rows are contiguous, as the runtime makes them.
func pixelsTo(img *image.NRGBA) js.Value {
	data := uint8ClampedArray.New(len(img.Pix))
	js.CopyBytesToJS(data, img.Pix)
	return js.ValueOf(map[string]any{"data": data, "width": img.Rect.Dx(), "height": img.Rect.Dy()})
}
