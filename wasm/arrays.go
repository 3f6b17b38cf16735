//go:build js && wasm

package main

import (
	"encoding/binary"
	"image"
	"math"
	"syscall/js"

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
	b := bytesFrom(a)
	s := make(runtime.Style, len(b)/4)
	for i := range s {
		s[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return s
}

func styleTo(s runtime.Style) js.Value {
	b := make([]byte, 0, 4*len(s))
	for _, v := range s {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	a := uint8Array.New(len(b))
	js.CopyBytesToJS(a, b)
	return a
}

// pixelsTo gives Pixels of protocol.ts. img's rows are contiguous, as the runtime makes them.
func pixelsTo(img *image.NRGBA) js.Value {
	data := uint8ClampedArray.New(len(img.Pix))
	js.CopyBytesToJS(data, img.Pix)
	return js.ValueOf(map[string]any{"data": data, "width": img.Rect.Dx(), "height": img.Rect.Dy()})
}
