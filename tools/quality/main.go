// Quality trains what munit eval scores with, and makes the table of docs/quality.md. See usage, or run it with --help.
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
)

const usage = `Quality compares MUNIT, its ablations and other methods on one data set, with one budget, and trains the classifier that scores rest on.

Usage, from the root of the repository:

  go run ./tools/quality table --data DIR --output DIR   train and score all methods, and write the table into docs/quality.md
  go run ./tools/quality classifier --data DIR           train the classifier that munit eval scores with

Flags of table:

  --data DIR,...     data sets with several true pictures for each test drawing, and pairsA and pairsB for BicycleGAN, such as
                     go run ./tools/dataset wares --only shoe --pairs 400 --output shoes makes; each has a table of its own
  --output DIR       folder to work in: each row of each set and seed has a folder in it, with its training, scores.json and shown.png
  --iterations N     the budget of each training (1000)
  --rows NAME,...    rows to make: munit, munit-no-x, munit-no-c, munit-no-s, unit, cyclegan, cyclegan-noise, bicyclegan, real (all)
  --config FILE      what all rows are trained with, as an NVlabs YAML file (tools/quality/wares.yaml)
  --inputs N         test drawings to score with (100)
  --styles N         outputs for each (8)
  --seeds N,...      of trainings and styles (1); with several, the table has means and half of their range
  --classifier FILE  classifier to score with (the one built in)
  --lpips FILE       LPIPS weights, to measure with LPIPS too
  --doc FILE         the document whose tables are written (docs/quality.md)
  --picture FILE     the picture of what all rows drew (docs/images/quality.png)
  --device NAME      auto, gpu or cpu
  --threads N        of the CPU (0: all)

A run that is stopped goes on where it was with the same command: rows that are done are not done again, and a training goes on from its last
checkpoint. Rows that were made before stay in the table.

Flags of classifier:

  --data DIR      a data set with labels.csv, as go run ./tools/dataset wares makes it
  --output FILE   the classifier's file (runtime/eval/wares.classifier.safetensors, which the programs have built in)
  --rounds N      rounds through the pictures (30)
  --seed N        of weights and order (1)

Exit status: 0 done; 1 it failed; 2 wrong use.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// verb is one of the things that quality does: it declares its flags, and returns what to do once they are read.
type verb func(flags *flag.FlagSet) func(ctx context.Context, log io.Writer) error

// errUse is wrapped by errors of the command line.
var errUse = errors.New("wrong use")

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	verbs := map[string]verb{"classifier": classifierVerb, "table": tableVerb}
	if len(args) == 0 || verbs[args[0]] == nil {
		if len(args) > 0 && (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
			fmt.Fprint(stdout, usage)
			return 0
		}
		fmt.Fprintln(stderr, "quality: say first what to do; see --help")
		return 2
	}
	flags := flag.NewFlagSet("quality "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	run := verbs[args[0]](flags)
	err := flags.Parse(args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(stderr, "quality: %v; see --help\n", err)
		return 2
	}
	if err := run(ctx, stderr); err != nil {
		fmt.Fprintf(stderr, "quality: %v\n", err)
		if errors.Is(err, errUse) {
			return 2
		}
		return 1
	}
	return 0
}
