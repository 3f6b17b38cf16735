//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"syscall/js"
	"time"
)

// promise runs f on a goroutine of its own and gives a Promise of its result. Errors and panics reject it with {code, message}.
func promise(f func() (js.Value, error)) js.Value {
	executor := js.FuncOf(func(_ js.Value, args []js.Value) any {
		resolve, reject := args[0], args[1]
		go func() {
			value, err := guarded(f)
			if err != nil {
				code, message := explain(err)
				reject.Invoke(map[string]any{"code": string(code), "message": message})
				return
			}
			resolve.Invoke(value)
		}()
		return nil
	})
	defer executor.Release() // the constructor calls it before it returns
	return js.Global().Get("Promise").New(executor)
}

// guarded turns a panic of f into an error, which becomes code internal.
func guarded(f func() (js.Value, error)) (v js.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f()
}

// patience is how long a computation keeps the worker's event loop waiting: an abort is heard that late.
const patience = 100 * time.Millisecond

// patient is a context for computations on the CPU. They ask for Err all the time, and nothing else lets JavaScript's events in before they
// are done: so Err does, now and then, by go.ts's breathe.
type patient struct {
	context.Context
	host js.Value
	last time.Time
}

func (p *patient) Err() error {
	switch now := time.Now(); {
	case p.last.IsZero():
		p.last = now
	case now.Sub(p.last) > patience:
		_, _ = await(p.host.Call("breathe")) // which always comes
		p.last = time.Now()
	}
	return p.Context.Err()
}
