// Webtest runs a Go test binary for js/wasm in a browser or another engine with WebGPU.
// See usage, or run it with --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/webmunit/webmunit/tools/internal/stacks"
)

const usage = `Webtest runs Go tests where there is WebGPU: in a headless Chromium, or in another
browser or engine with other compilers and drivers.

Usage, from the root of the repository:

  make bin/webtest
  export GOTOOLCHAIN=go1.27.3
  GOOS=js GOARCH=wasm go test -exec="$PWD/bin/webtest" [-v] [-run R] [-bench B] ./runtime/gpu

or, without go test:

  webtest [--stack NAME] PROGRAM.wasm [ARGUMENT...]

The stack is one of "go run ./tools/stacks --list" that runs js/wasm; without
--stack, chromium-swiftshader. The program sees the page's globalThis through
syscall/js, and navigator.gpu with the stack's adapter, GPU or no GPU. It has no file system: embed test data with
go:embed. Flags that write files (-coverprofile, -cpuprofile ...) are refused. Of
the environment it sees GODEBUG, GOGC, GOMEMLIMIT, GOTRACEBACK, TZ, and what
begins with MUNIT_ or WEBMUNIT_; arguments and environment share 8 KiB.

Its output appears as it comes, messages of the page's console on stderr with
"console" in front. A test that waits for ever ends at -timeout with its
goroutines' stacks; one that never yields is killed half a minute later. Ctrl-\
(SIGQUIT) ends a run early and shows a deadlock.

Chromium is $CHROMIUM, or chromium, chromium-browser or google-chrome on the PATH;
Firefox is $FIREFOX, or firefox-esr or firefox; "make setup" installs them. Deno and
Dawn for Node.js come from npm, into the user's cache, at their first use.

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
	flags := flag.NewFlagSet("webtest", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	name := flags.String("stack", stacks.Default, "")
	err := flags.Parse(args)
	switch args = flags.Args(); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		return 0
	case err != nil:
		fmt.Fprintf(os.Stderr, "webtest: %v; see --help\n", err)
		return failed
	case len(args) == 0:
		fmt.Fprint(os.Stderr, usage)
		return failed
	}
	stack, err := stacks.Find(*name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "webtest:", err)
		return failed
	}
	p, err := newProgram(args[0], args[1:], os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, "webtest:", err)
		return failed
	}
	ctx, stop := withSignals(context.Background())
	defer stop()
	code, err := run(ctx, stack, p, os.Stdout, os.Stderr)
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
