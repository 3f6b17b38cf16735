package main

import (
	"context"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/webmunit/webmunit/runtime/checkup"
)

// fullReport is what doctor --full finds out, as report.json has it.
type fullReport struct {
	Format  int        `json:"format"`
	Date    time.Time  `json:"date"`
	Seconds float64    `json:"seconds"` // that it took
	Program program    `json:"program"`
	System  system     `json:"system"`
	Devices []examined `json:"devices"`
}

// reportFormat is raised when a program of before could misread a report.
const reportFormat = 1

// examined is a device with all that was found out about it.
type examined struct {
	device
	Limits map[string]uint64 `json:"limits,omitempty"`
	Rows   []checkup.Row     `json:"rows"`
	// Ended says why there is no more, where the program that computed was ended by something: a fault of the driver, say.
	Ended string `json:"ended,omitempty"`
}

// wrong lists the rows that say so.
func (e examined) wrong() []checkup.Row {
	var all []checkup.Row
	for _, r := range e.Rows {
		if r.State == checkup.Wrong {
			all = append(all, r)
		}
	}
	return all
}

func (r *fullReport) failures() int {
	n := 0
	for _, d := range r.Devices {
		n += len(d.wrong())
		if d.Ended != "" {
			n++
		}
	}
	return n
}

// fullBudget is what a full examination may take of all devices together; with grace for one that hangs it is ten minutes.
const fullBudget = 9 * time.Minute

// examineFully has every device examined by a process of its own: a driver that crashes or hangs takes no other device's results with it.
func examineFully(ctx context.Context, budget time.Duration, progress io.Writer) (*fullReport, error) {
	devices, err := listDevices(ctx)
	if err != nil {
		return nil, err
	}
	r := &fullReport{Format: reportFormat, Date: time.Now().UTC().Round(time.Second), Program: thisProgram(), System: thisSystem()}
	left := 0.0
	for _, d := range devices {
		left += d.share()
	}
	b := &fullBar{w: progress, of: left}
	defer b.stop()
	began := time.Now()
	for _, d := range devices {
		rest := max(budget-time.Since(began), time.Second)
		b.name, b.share = d.Name, d.share()
		share := time.Duration(float64(rest) * d.share() / left)
		e, err := examineApart(ctx, d, share, b.show)
		if err != nil {
			return nil, err
		}
		r.Devices = append(r.Devices, e)
		left -= d.share()
		b.done += d.share()
	}
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

// share is a device's part of the time, beside the others'.
func (d device) share() float64 {
	switch {
	case d.Kind == "cpu":
		return 1
	case d.Software:
		return 3
	}
	return 4
}

// fullBar tells how far it is: a bar on a terminal, a line for each device and part elsewhere.
type fullBar struct {
	w               io.Writer
	bar             *progressbar.ProgressBar
	last            checkup.Part
	name            string
	share, done, of float64
}

func (b *fullBar) show(done float64, part checkup.Part, what string) {
	const steps = 1000
	if b.bar == nil {
		b.bar = newBar(b.w, steps, "examining")
	}
	if b.bar != nil {
		b.bar.Describe(string(part))
		_ = b.bar.Set(int(steps * (b.done + b.share*done) / b.of)) // a bar that cannot be drawn is no reason to stop
		return
	}
	if part != b.last {
		say(b.w, "%s: %s", b.name, part)
		b.last = part
	}
}

func (b *fullBar) stop() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}
