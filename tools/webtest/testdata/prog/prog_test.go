//go:build js && wasm

// Package prog is what webtest's own tests run: each test shows one way for a
// program to end.
package prog

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"syscall/js"
	"testing"
)

//go:embed prog_test.go
var data embed.FS

// await waits for a promise.
func await(promise js.Value) (js.Value, error) {
	type result struct {
		value js.Value
		err   error
	}
	done := make(chan result, 1)
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- result{value: args[0]}
		return nil
	})
	defer then.Release()
	catch := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- result{err: errors.New(args[0].Call("toString").String())}
		return nil
	})
	defer catch.Release()
	promise.Call("then", then, catch)
	r := <-done
	return r.value, r.err
}

func TestPass(t *testing.T) {
	adapter, err := await(js.Global().Get("navigator").Get("gpu").Call("requestAdapter"))
	if err != nil {
		t.Fatal(err)
	}
	t.Log("adapter:", adapter.Get("info").Get("architecture"))
	text, err := data.ReadFile("prog_test.go")
	if err != nil || len(text) == 0 {
		t.Fatal("no embedded data", err)
	}
	fmt.Print("no newline, über: ")
	fmt.Fprintln(os.Stderr, os.Getenv("WEBMUNIT_WEBTEST"), os.Getenv("HOME") == "")
	js.Global().Get("console").Call("warn", "a warning of the page")
}

func TestFail(t *testing.T) { t.Fatal("failing as it should") }

func TestExit(*testing.T) { os.Exit(7) }

func TestWait(*testing.T) { select {} }

func TestBusy(*testing.T) {
	fmt.Println("busy now")
	//lint:ignore SA5002 spinning is the point
	for {
	}
}

func TestTrap(*testing.T) { fmt.Println(deeper(0)) }

// deeper overflows the browser's stack long before Go's.
//
//lint:ignore SA5007 overflowing is the point
func deeper(n int) int { return deeper(n+1) + n }

func BenchmarkAlloc(b *testing.B) {
	for b.Loop() {
		sink = make([]byte, 100)
	}
}

var sink []byte
