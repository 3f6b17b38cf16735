package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"
)

// fullFlags are what doctor is told of reports.
type fullFlags struct {
	full         bool
	output, read string
	budget       time.Duration
	examine      string // of the process that examines one device
}

const exampleFull = "munit doctor --full --output report.zip"

func (f *fullFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.full, "full", false, "examine every device thoroughly, for up to ten minutes, and write a report to --output")
	flags.StringVar(&f.output, "output", "", "the report to write, a .zip")
	flags.StringVar(&f.read, "read", "", "print a report of --full, or of the page bench.html")
	flags.DurationVar(&f.budget, "full-budget", fullBudget, "time for --full; what does not fit is named in the report")
	flags.StringVar(&f.examine, "examine", "", "")
	_ = flags.MarkHidden("examine") // which is there
}

// asked reports whether the run is about reports.
func (f *fullFlags) asked() bool { return f.full || f.read != "" || f.examine != "" }

// check refuses flags that mean nothing without --full.
func (f *fullFlags) check() error {
	if f.output != "" {
		return wrongUse(exampleFull, "--output says where a report goes, and --full is missing")
	}
	return nil
}

// run does what the flags ask for; others says that there are flags which do not go with them.
func (f *fullFlags) run(ctx context.Context, others bool, stdout, stderr io.Writer) error {
	switch {
	case others, f.full && f.read != "":
		return wrongUse("for example: "+exampleFull, "--full and --read go with none of --json, --tune and --model, nor with each other")
	case f.budget <= 0:
		return wrongUse("for example: --full-budget 5m", "--full-budget is %v: it must be more than nothing", f.budget)
	case f.examine != "":
		return writeEvents(ctx, f.examine, f.budget, stdout)
	case f.read != "":
		r, err := readReport(f.read)
		if err == nil {
			r.print(stdout)
		}
		return err
	case f.output == "":
		return required("output", "the report to write", exampleFull)
	}
	var o outputs
	defer o.tidy()
	if err := o.prepareFile(f.output); err != nil {
		return err
	}
	r, err := examineFully(ctx, f.budget, stderr)
	if err != nil {
		return err
	}
	if err := r.writeZip(f.output); err != nil {
		return failed(err, "choose another place")
	}
	r.print(stdout)
	say(stderr, "%s can be attached to an issue. It holds what is printed here, and the same for programs.", f.output)
	if n := r.failures(); n > 0 {
		return failed(fmt.Errorf("%s found", count(n, "fault")), "update the GPU's driver, or compute with --device cpu; attach "+f.output+" to an issue")
	}
	return nil
}
