//go:build js && wasm

package main

import (
	"errors"
	"syscall/js"

	"github.com/webmunit/webmunit/runtime"
)

// pageStore is a runtime.Store in the browser: the functions of tuning.ts, which worker.ts puts onto the host object.
type pageStore struct{ host js.Value }

var _ runtime.Store = pageStore{}

func (s pageStore) Load(key string) ([]byte, error) {
	v, err := await(s.host.Call("loadTuning", key))
	if err != nil || v.Type() != js.TypeString {
		return nil, err
	}
	return []byte(v.String()), nil
}

func (s pageStore) Save(key string, data []byte) error {
	_, err := await(s.host.Call("saveTuning", key, string(data)))
	return err
}

// await waits for a promise.
func await(promise js.Value) (js.Value, error) {
	type settled struct {
		value js.Value
		err   error
	}
	done := make(chan settled, 1)
	resolved := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{value: args[0]}
		return nil
	})
	defer resolved.Release()
	rejected := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{err: errors.New(js.Global().Get("String").Invoke(args[0]).String())}
		return nil
	})
	defer rejected.Release()
	promise.Call("then", resolved, rejected)
	s := <-done
	return s.value, s.err
}
