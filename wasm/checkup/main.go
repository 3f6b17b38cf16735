//go:build js && wasm

// Command checkup examines a device in the browser for site/src/bench/checkup-worker.ts, which says which and for how long. It tells what it finds
// as lines of JSON.
package main

import (
	"context"
	"encoding/json"
	"syscall/js"
	"time"

	"github.com/webmunit/webmunit/runtime/checkup"
)

func main() {
	host := js.Global().Get("munit") // {device: string, seconds: number, heard(line: string), ended(error: string)}
	tell := func(e checkup.Event) {
		line, err := json.Marshal(e)
		if err != nil {
			panic(err) // events are plain data
		}
		host.Call("heard", string(line))
	}
	// Not in main itself: whoever starts the program waits for its first wait.
	go func() {
		budget := time.Duration(host.Get("seconds").Float() * float64(time.Second))
		why := ""
		if err := checkup.Stream(context.Background(), host.Get("device").String(), budget, tell); err != nil {
			why = err.Error()
		}
		host.Call("ended", why)
	}()
	select {} // the worker is ended by the page
}
