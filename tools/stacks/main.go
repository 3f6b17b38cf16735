// Stacks runs the tests of kernels and runtime on several compilers and drivers. See usage, or run it with --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/stacks"
)

const usage = `Stacks runs the tests of kernels and runtime on several compilers and drivers, and
says how each ended. docs/gpu.md says what each proves.

Usage, from the root of the repository:

  go run ./tools/stacks --list         the stacks
  go run ./tools/stacks                all that make test does not run elsewhere
  go run ./tools/stacks --all [-v]     all of each, in an hour or so
  go run ./tools/stacks --kernels      only which kernels compile, one by one
  go run ./tools/stacks ... NAME...    on the named stacks only

Exit status: 0 all passed; 1 some did not; 2 wrong use.
`

func main() {
	flags := flag.NewFlagSet("stacks", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	list := flags.Bool("list", false, "")
	all := flags.Bool("all", false, "")
	kernels := flags.Bool("kernels", false, "")
	verbose := flags.Bool("v", false, "")
	chosen, err := stacks.All, flags.Parse(os.Args[1:])
	if err == nil && flags.NArg() > 0 {
		chosen = nil
		for _, name := range flags.Args() {
			var s stacks.Stack
			if s, err = stacks.Find(name); err != nil {
				break
			}
			chosen = append(chosen, s)
		}
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "stacks: %v; see --help\n", err)
		os.Exit(2)
	case *list:
		for _, s := range chosen {
			fmt.Printf("%-22s %s, %s: %s\n", s.Name, s.Compiler, s.Driver, s.Proves)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	named := flags.NArg() > 0
	if err := run(ctx, chosen, func(s stacks.Stack) stacks.Part {
		switch {
		case *kernels:
			return stacks.Kernels
		case *all:
			return stacks.Everything
		case named:
			return max(s.InTest, stacks.Quick)
		}
		return s.InTest
	}, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run tests each stack as far as part says, goes on after a failure, and sums up.
func run(ctx context.Context, chosen []stacks.Stack, part func(stacks.Stack) stacks.Part, verbose bool) error {
	dir, err := os.MkdirTemp("", "stacks")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	webtest := filepath.Join(dir, "webtest")
	build, err := gotool.Native(ctx, ".", "build", "-o", webtest, "./tools/webtest")
	if err != nil {
		return err
	}
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building tools/webtest: %w", err)
	}
	var failures []error
	for _, s := range chosen {
		if err := s.Test(ctx, stacks.Options{Webtest: webtest, Part: part(s), Verbose: verbose}, os.Stdout); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
