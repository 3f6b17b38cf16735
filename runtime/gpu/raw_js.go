//go:build js && wasm

package gpu

import (
	"reflect"
	"syscall/js"
	"unsafe"

	"github.com/gogpu/wgpu"
)

// rawOf returns the object of JavaScript behind one of gogpu's wrappers, which have no accessor for it (docs/upstream.md).
func rawOf(wrapper any) js.Value {
	ref := reflect.ValueOf(wrapper).Elem().FieldByName("browser").Elem().FieldByName("ref_")
	return *(*js.Value)(unsafe.Pointer(ref.UnsafeAddr()))
}

// wrapPipeline is the way back, for what createComputePipelineAsync gives.
func wrapPipeline(raw js.Value) *wgpu.ComputePipeline {
	p := new(wgpu.ComputePipeline)
	field := reflect.ValueOf(p).Elem().FieldByName("browser")
	inner := reflect.New(field.Type().Elem())
	*(*js.Value)(unsafe.Pointer(inner.Elem().FieldByName("ref_").UnsafeAddr())) = raw
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(inner)
	return p
}
