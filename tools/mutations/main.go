// Mutations changes the code in ways that would go unseen, one at a time, and says which of them some test notices. See usage, or run it with --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"time"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

const usage = `Mutations changes the meaning of training, of the graphs that it computes and of the files that it
reads, one small change at a time, and runs tests that must fail then. The working tree stays as it is:
the compiler is shown changed files in place of some.

Usage, from the root of the repository:

  go run ./tools/mutations               all, in tens of minutes
  go run ./tools/mutations --only REGEX  those whose file or new text fits
  go run ./tools/mutations --list        what they are

A survivor needs a test that fails with it. What changes no behaviour is no mutation: take it from the table.

Exit status: 0 all were noticed; 1 some survived, or the tests fail without a change; 2 wrong use.
`

func main() {
	flags := flag.NewFlagSet("mutations", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	list := flags.Bool("list", false, "")
	only := flags.String("only", "", "")
	err := flags.Parse(os.Args[1:])
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	fits, notRegexp := regexp.Compile(*only)
	if err == nil {
		err = notRegexp
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "mutations: %v; see --help\n", err)
		os.Exit(2)
	}
	var chosen []mutation
	for _, m := range table {
		if fits.MatchString(m.file) || fits.MatchString(m.new) {
			chosen = append(chosen, m)
		}
	}
	if *list {
		for _, m := range chosen {
			fmt.Println(m)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, chosen); err != nil {
		fmt.Fprintln(os.Stderr, "mutations:", err)
		os.Exit(1)
	}
}

// run tries all of chosen, and fails if one survives.
func run(ctx context.Context, chosen []mutation) error {
	root, err := gotool.Root(ctx)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "mutations-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	l := lab{root: root, temp: temp}
	if err := l.sound(ctx, chosen); err != nil {
		return err
	}
	began, survivors, wrong := time.Now(), 0, 0
	for i, m := range chosen {
		by, err := l.try(ctx, m)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		verdict := "killed by " + by
		switch {
		case err != nil:
			verdict = fmt.Sprintf("NOT TRIED: %v", err)
			wrong++
		case by == "":
			verdict = "SURVIVED"
			survivors++
		}
		fmt.Printf("%d of %d, %s: %v\n    %s\n", i+1, len(chosen), time.Since(began).Round(time.Second), m, verdict)
	}
	fmt.Printf("%d of %d killed\n", len(chosen)-survivors-wrong, len(chosen))
	switch {
	case survivors > 0:
		return fmt.Errorf("%d survived: write a test that fails with each", survivors)
	case wrong > 0:
		return fmt.Errorf("%d could not be tried: mend the table of tools/mutations", wrong)
	}
	return nil
}
