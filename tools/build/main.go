// Build makes the site: everything that a static host needs, in one folder.
// See usage, or run it with --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

const usage = `Build makes the site: the Go runtime as wasm, the JS module, the page, the models and
the sample drawings, compressed for hosts that serve ready-made .br and .gz files.
All addresses in it are relative, so that it works at any path of any static host.

Usage, anywhere in the repository:

  go run ./tools/build [--out dist]

It needs Go and nothing else. The folder is replaced whole, once everything is built.

Exit status: 0 done, 1 failed, 2 wrong use.
`

func main() {
	os.Exit(command(os.Args[1:]))
}

func command(args []string) int {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	out := flags.String("out", "", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(os.Stderr, "build: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root, err := gotool.Root(ctx)
	if err == nil {
		if *out == "" {
			*out = filepath.Join(root, "dist")
		}
		var files []built
		if files, err = build(ctx, root, *out); err == nil {
			report(os.Stdout, *out, files)
			return 0
		}
	}
	fmt.Fprintln(os.Stderr, "build:", err)
	return 1
}
