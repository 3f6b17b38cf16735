package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/webmunit/webmunit/tools/internal/stacks"
)

// host runs p in a new browser or engine, copies what it writes to stdout and stderr as it comes, and returns its exit code. An error says why
// there is no exit code: the browser would not start or died, Go crashed, or ctx ended, in which case the cause of ctx is the error.
type host func(ctx context.Context, s stacks.Stack, p *program, stdout, stderr io.Writer) (int, error)

// hosts are by the names that stacks give them.
var hosts = map[string]host{
	stacks.Chromium: inChromium,
	stacks.Firefox:  inFirefox,
	stacks.Deno:     inDeno,
	stacks.Node:     inNode,
}

// run runs p in the stack's host, and for p.limit at most.
func run(ctx context.Context, s stacks.Stack, p *program, stdout, stderr io.Writer) (int, error) {
	h, ok := hosts[s.Host]
	if !ok {
		return 0, fmt.Errorf("%s does not run programs for js/wasm: run that test natively", s.Name)
	}
	if p.limit > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeoutCause(ctx, p.limit, fmt.Errorf("the program did not end within %v", p.limit))
		defer cancel()
	}
	return h(ctx, s, p, stdout, stderr)
}

// outcome is how a run ended: with the program's exit code, or with err.
type outcome struct {
	code int
	err  error
}

// outcomes has room for one report of each kind, so that no reporter ever waits.
func outcomes() (ended chan outcome, report func(outcome)) {
	ended = make(chan outcome, 4)
	return ended, func(o outcome) {
		select {
		case ended <- o:
		default:
		}
	}
}

// receive acts on one message of page.js; ok says that it was the last.
func receive(message string, out *output) (end outcome, ok bool) {
	if message == "" {
		return outcome{}, false
	}
	kind, rest := message[0], message[1:]
	switch kind {
	case '1':
		out.write(1, bytesOf(rest))
	case '2':
		out.write(2, bytesOf(rest))
	case 'c':
		out.write(2, fmt.Appendf(nil, "console %s\n", rest))
	case 'x':
		code, err := strconv.Atoi(rest)
		return outcome{code: code, err: err}, true
	case '!':
		return outcome{err: fmt.Errorf("the Go program crashed: %s", rest)}, true
	}
	return outcome{}, false
}

// bytesOf undoes asLatin1 of page.js.
func bytesOf(text string) []byte {
	bytes := make([]byte, 0, len(text))
	for _, r := range text {
		bytes = append(bytes, byte(r))
	}
	return bytes
}
