//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall/js"
	"unsafe"

	"github.com/norunners/vert"

	munit "github.com/webmunit/webmunit/runtime"
)

// pageTeam is the other workers of the page that run this program: the class Hands of hands.ts in the first, hand.ts in the others. It is handed places in
// this program's memory, which it copies from and to.
type pageTeam struct{ host js.Value }

var _ munit.Team = pageTeam{}

func (t pageTeam) Rank() (rank, ranks int) {
	return t.host.Call("rank").Int(), t.host.Call("ranks").Int()
}

// Gather waits without computing, so that JavaScript's events come through, unless all parts are there at once.
func (t pageTeam) Gather(ctx context.Context, values []float32, cuts []int) error {
	at := make([]any, len(cuts))
	for i, c := range cuts {
		at[i] = 4 * c
	}
	defer context.AfterFunc(ctx, func() { t.host.Call("stop") })()
	var err error
	done := t.host.Call("gather", place(values), at)
	if done.Type() != js.TypeBoolean {
		done, err = await(done)
	}
	runtime.KeepAlive(values)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil || !done.Bool():
		return fmt.Errorf("%w while it computed", munit.ErrTeam)
	}
	return nil
}

func (t pageTeam) Begin(j munit.Job, in [][]float32) error {
	var places []any
	for _, values := range in {
		places = append(places, place(values), 4*len(values))
	}
	ok := t.host.Call("begin", vert.ValueOf(j).JSValue(), places).Bool()
	runtime.KeepAlive(in)
	if !ok {
		return fmt.Errorf("%w before it computed", munit.ErrTeam)
	}
	return nil
}

func (t pageTeam) Done(err error) { t.host.Call("done", err == nil, errors.Is(err, munit.ErrTeam)) }

// place is where values lie in WebAssembly's memory, in bytes. Go moves nothing on its heap.
func place(values []float32) int { return int(uintptr(unsafe.Pointer(unsafe.SliceData(values)))) }

// take (job, inputs) runs this worker's share of a job, with the inputs' values as bytes.
func (s *shell) take(args []js.Value) (js.Value, error) {
	var j munit.Job
	if err := vert.ValueOf(args[0]).AssignTo(&j); err != nil {
		return js.Undefined(), err
	}
	var in [][]float32
	for i := range args[1].Length() {
		in = append(in, styleFrom(args[1].Index(i)))
	}
	ctx, end := s.begin(0)
	defer end()
	return js.Undefined(), s.translator.Take(ctx, j, in)
}
