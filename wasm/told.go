//go:build js && wasm

package main

import (
	"reflect"
	"syscall/js"

	"github.com/norunners/vert"

	"github.com/webmunit/webmunit/weights/printable"
)

// told gives a struct to the page, with all of its texts printable: those of a model are of whoever made its file, and could turn the page's own
// words round.
func told[T any](v T) js.Value {
	clean(reflect.ValueOf(&v).Elem())
	return vert.ValueOf(v).JSValue()
}

func clean(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(printable.Lines(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			clean(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			clean(v.Index(i))
		}
	}
}
