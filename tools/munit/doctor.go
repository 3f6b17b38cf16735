package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime/gpu"
)

// diagnosis is doctor's report.
type diagnosis struct {
	Program program   `json:"program"`
	System  system    `json:"system"`
	Devices []patient `json:"devices"`
	Notes   []string  `json:"notes"`
	Healthy bool      `json:"healthy"`
}

// patient is a device with what was tried on it.
type patient struct {
	device
	Checks   []check     `json:"checks"`
	Variants []variant   `json:"variants"` // of a GPU's convolutions, in the order of preference
	Tuned    []gpu.Tuned `json:"tuned"`    // shapes of convolutions whose fastest variant is known
}

type check struct {
	Name   string `json:"name"`
	Result string `json:"result"` // a measure, where it passed
	Error  string `json:"error,omitempty"`
}

// newIssue is where people report.
const newIssue = "https://github.com/webmunit/webmunit/issues/new"

func doctorCommand() *cobra.Command {
	asJSON, issue, f, full := false, false, tuneFlags{}, fullFlags{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check this machine, and write a report to attach to an issue",
		Long: `Doctor lists the program's build, the system, and every device with its limits, and has each compute what is known: all kernels of
a GPU, and a whole small network on each device, held against plain loops in double precision. It sends nothing anywhere.

A GPU can compute convolutions in several ways. Doctor tries them all, and lists those that are off because this device gets them wrong:
pictures are right all the same, others take their place. It also lists which was fastest for each shape that has been timed: translate
does that by and by, between pictures; --tune does it now, for the shapes of the paper's network at 256×256 pixels or those of --model.

--full finds out all that a developer would want to know who has no such GPU: the whole table of ops, by every way to compute a convolution;
networks with known results; whether every kernel gives the same bits 50 times; what is fastest, beside the device's own peak; memory. It takes ten
minutes at most, and writes one file to attach to an issue, which --read prints. Each device is examined by a process of its own, so that a
driver that crashes or hangs is in the report too.

--issue writes the text of an issue around the report, to be completed and copied to ` + newIssue + `

No GPU is no fault: the CPU serves. The exit code is 1 if something that is there computes wrongly.`,
		Example: `  munit doctor
  munit doctor > report.txt
  munit doctor --issue > issue.md
  munit doctor --tune --model ` + exampleModel + `
  munit doctor --json
  munit doctor --full --output report.zip
  munit doctor --read report.zip`,
		Args: noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if issue && (asJSON || full.asked()) {
				return wrongUse("munit doctor --issue", "--issue goes with neither --json nor a full report, which is a file to attach")
			}
			if full.asked() {
				return full.run(cmd.Context(), asJSON || f.on || f.model != "", cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			if err := full.check(); err != nil {
				return err
			}
			if f.budget <= 0 {
				return wrongUse("for example: --tune-budget 30s", "--tune-budget is %v: it must be more than nothing", f.budget)
			}
			if f.model != "" && !f.on {
				return wrongUse("munit doctor --tune --model "+f.model, "--model says what to tune for, and --tune is missing")
			}
			d, err := diagnose(cmd.Context(), f, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			switch out := cmd.OutOrStdout(); {
			case asJSON:
				err = writeJSON(out, d)
			case issue:
				say(out, "## What happened\n\n\n## What I expected\n\n\n## Report\n\n```")
				d.print(out)
				say(out, "```")
			default:
				d.print(out)
			}
			if err != nil {
				return err
			}
			if n := d.failures(); n > 0 {
				return failed(fmt.Errorf("%s failed", count(n, "check")), "update the GPU's driver, or compute with --device cpu; munit doctor --issue writes an issue with this report")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	cmd.Flags().BoolVar(&issue, "issue", false, "write the text of an issue, with the report in it")
	cmd.Flags().BoolVar(&f.on, "tune", false, "time the ways to compute convolutions on each GPU, and remember the fastest")
	cmd.Flags().DurationVar(&f.budget, "tune-budget", time.Minute, "time for that on each GPU; what is not reached keeps its default")
	cmd.Flags().StringVar(&f.model, "model", "", "tune for this model file's shapes (default: the paper's)")
	full.add(cmd.Flags())
	return cmd
}

func diagnose(ctx context.Context, f tuneFlags, progress io.Writer) (*diagnosis, error) {
	if _, err := f.network(); err != nil {
		return nil, err // before anything takes time
	}
	devices, err := listDevices(ctx)
	if err != nil {
		return nil, err
	}
	d := &diagnosis{Program: thisProgram(), System: thisSystem(), Notes: []string{}}
	for _, dev := range devices {
		p, err := examine(ctx, dev, f, progress)
		if err != nil {
			return nil, err
		}
		d.Devices = append(d.Devices, p)
	}
	if !d.Program.SIMD {
		d.Notes = append(d.Notes, "This build has no SIMD code for the CPU, which makes it many times slower: on amd64, make bin/munit builds one that has.")
	}
	switch {
	case !gpu.Built:
		d.Notes = append(d.Notes, "This build can use no GPU: it was made with the tag nogpu, for systems without glibc, or for another processor than amd64 and arm64. Everything is computed on the CPU. That works.")
	case len(devices) == 1:
		d.Notes = append(d.Notes, "No GPU was found, so everything is computed on the CPU. That works. If there is a GPU in this machine, install its Vulkan driver.")
	case devices[0].Software:
		d.Notes = append(d.Notes, "The only GPU is emulated by the CPU, so --device auto computes on the CPU directly. That works.")
	}
	for _, p := range d.Devices {
		for _, v := range p.Variants {
			if v.State == gpu.VariantOff {
				d.Notes = append(d.Notes, fmt.Sprintf("%s gets one way to compute convolutions wrong (%s), which is therefore off. Please attach this report to an issue.", p.Name, v.Name))
			}
		}
	}
	d.Healthy = d.failures() == 0
	return d, nil
}

func (d *diagnosis) failures() int {
	n := 0
	for _, p := range d.Devices {
		for _, c := range p.Checks {
			if c.Error != "" {
				n++
			}
		}
	}
	return n
}

func (d *diagnosis) print(w io.Writer) {
	say(w, "munit doctor\n")
	d.Program.print(w)
	d.System.print(w)
	for _, dev := range d.Devices {
		say(w, "\n%s", dev.line())
		for _, detail := range dev.Details {
			say(w, "       %s", detail)
		}
		for _, c := range dev.Checks {
			if c.Error != "" {
				say(w, "  FAIL %s: %s", c.Name, c.Error)
			} else {
				say(w, "  ok   %s", strings.TrimSuffix(c.Name+": "+c.Result, ": "))
			}
		}
		dev.printVariants(w)
	}
	say(w, "")
	for _, note := range d.Notes {
		say(w, "%s", note)
	}
	if n := d.failures(); n > 0 {
		say(w, "%s failed.", count(n, "check"))
	} else {
		say(w, "All checks passed.")
	}
}

// outcome is a check of err, unless the run was interrupted.
func outcome(name, result string, err error) (check, error) {
	switch {
	case errors.Is(err, context.Canceled):
		return check{}, err
	case err != nil:
		return check{Name: name, Error: oneLine(err)}, nil
	}
	return check{Name: name, Result: result}, nil
}

func (p program) print(w io.Writer) {
	say(w, "program  %s", p.version())
	for _, f := range p.Build {
		say(w, "         %s", f)
	}
	for _, module := range p.Modules {
		say(w, "         %s", module)
	}
}

func (s system) print(w io.Writer) {
	say(w, "system   %s, %s", s.Name, count(s.CPUs, "CPU"))
	for _, v := range s.Environment {
		say(w, "         %s", v)
	}
}
