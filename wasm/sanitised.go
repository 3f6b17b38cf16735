//go:build js && wasm

package main

import (
	"reflect"
	"syscall/js"

	"github.com/norunners/vert"

	"github.com/webmunit/webmunit/weights/printable"
)

// sanitised gives a struct to the page, with all of its texts printable: those of a model are of whoever made its file, and could turn the page's own
// words round.
func sanitised(v any) js.Value {
	c := reflect.New(reflect.TypeOf(v)).Elem()
	c.Set(reflect.ValueOf(v))
	clean(c)
	return vert.ValueOf(c.Interface()).JSValue()
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
