// Webtest runs a Go test binary for js/wasm in a headless Chromium with WebGPU.
// See usage, or run it with --help.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `Webtest runs Go tests in a real browser: a headless Chromium with WebGPU.

Usage, from the root of the repository:

  go build -o bin/webtest ./tools/webtest
  GOOS=js GOARCH=wasm go test -exec="$PWD/bin/webtest" [-v] [-run R] [-bench B] ./runtime/gpu

or, without go test:

  webtest PROGRAM.wasm [ARGUMENT...]

The program sees the page's globalThis through syscall/js, and navigator.gpu with
SwiftShader's adapter, GPU or no GPU. It has no file system: embed test data with
go:embed. Flags that write files (-coverprofile, -cpuprofile ...) are refused. Of
the environment it sees GODEBUG, GOGC, GOMEMLIMIT, GOTRACEBACK, TZ, and what
begins with MUNIT_ or WEBMUNIT_; arguments and environment share 8 KiB.

Its output appears as it comes, messages of the page's console on stderr with
"console" in front. A test that waits for ever ends at -timeout with its
goroutines' stacks; one that never yields is killed half a minute later. Ctrl-\
(SIGQUIT) ends a run early and shows a deadlock.

Chromium is $CHROMIUM, or chromium, chromium-browser or google-chrome on the PATH;
"make setup" installs it.

Exit status: the program's own; 2 when the browser, the page or the GPU process
fails, or time runs out, with one line on stderr that says which.
`

// failed is the exit status when there is none of the program's own. Go programs
// that crash use it too.
const failed = 2

func main() {
	os.Exit(command(os.Args[1:]))
}

func command(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return failed
	}
	switch args[0] {
	case "-h", "-help", "--help":
		fmt.Print(usage)
		return 0
	}
	p, err := newProgram(args[0], args[1:], os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, "webtest:", err)
		return failed
	}
	ctx, stop := withSignals(context.Background())
	defer stop()
	code, err := run(ctx, p, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "webtest:", err)
		return failed
	}
	return code
}

// withSignals returns a context that ends, with the signal as its cause, when
// someone wants the run to end. go test sends SIGQUIT when it has lost patience.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	go func() {
		select {
		case s := <-signals:
			cancel(fmt.Errorf("ended by a signal (%v)", s))
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
