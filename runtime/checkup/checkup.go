// Package checkup finds out all that can be known of a device in a few minutes: whether it computes the table of ops and golden networks rightly,
// in every way that it can, the same every time, and how fast. It is for machines that we do not have: munit doctor --full and the bench page
// write what it finds into a report.
//
// What it exports may change with any version; runtime and weights are for other modules.
package checkup

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// Part names a part of a checkup.
type Part string

// Parts, in the order in which they run. A CPU has only the first two.
const (
	Golden   Part = "golden"   // networks with known results
	Table    Part = "table"    // every op, with its gradients
	Races    Part = "races"    // every kernel, again and again on the same input
	Variants Part = "variants" // every way to compute a convolution, and the races of their kernels
	Speed    Part = "speed"    // the device's peak, transfers, pictures, memory
	Tuning   Part = "tuning"   // which variant is fastest, and what that makes of a picture
)

// weights share out the time.
var weights = []struct {
	part  Part
	share float64
	run   func(*exam, context.Context, *span)
	gpu   bool // only of GPUs
}{
	{Golden, 2, (*exam).golden, false},
	{Table, 6, (*exam).table, false},
	{Races, 3, (*exam).races, true},
	{Variants, 6, (*exam).variants, true},
	{Speed, 2, (*exam).speed, true},
	{Tuning, 2, (*exam).tuning, true},
}

// Parts lists the parts in order.
func Parts() []Part {
	var all []Part
	for _, w := range weights {
		all = append(all, w.part)
	}
	return all
}

// State says what came of something.
type State string

// States of a row.
const (
	Right    State = "right"
	Wrong    State = "wrong"    // a result is not what it should be, or there is none
	Absent   State = "absent"   // the device lacks what is needed, which is no fault
	Skipped  State = "skipped"  // no time was left
	Measured State = "measured" // a figure, which cannot be wrong
)

// Row is one thing found out.
type Row struct {
	Part    Part   `json:"part"`
	Name    string `json:"name"`              // of a case, a network, a shape
	Variant string `json:"variant,omitempty"` // the way in which convolutions were to be computed
	State   State  `json:"state"`
	// Figures are measures by their names: nmse, seconds, flops (operations a second), bytes, runs, ... They are finite.
	Figures map[string]float64 `json:"figures,omitempty"`
	Text    string             `json:"text,omitempty"`
}

// Options say how a checkup is done.
type Options struct {
	Device string        // a part of a GPU's name; empty for the best GPU
	CPU    bool          // the CPU, and no GPU
	Budget time.Duration // for all parts; about: what is under way at its end is broken off some seconds later
	Limits gpu.Limits    // lower those of the device
	// Found is told of the device when it is open, Now what comes next and what fraction of all is done, Row of what was found. All of them are
	// called by the goroutine that called Run. Now comes before what may crash or hang.
	Found func(info graph.Info, limits map[string]uint64)
	Now   func(done float64, part Part, name string)
	Row   func(Row)
}

// Run does a checkup. What goes wrong on the device becomes rows; the error says that it cannot be opened, or is ctx's.
func Run(ctx context.Context, o Options) error {
	x := &exam{Options: o, reference: cpu.New(cpu.Options{Reference: true}), known: map[string][][]float32{}, chosen: map[string]bool{}, finished: map[string]bool{}}
	defer x.reference.Close()
	defer x.close()
	if err := x.open(ctx, ""); err != nil {
		return err
	}
	var limits map[string]uint64
	if x.gpu != nil {
		limits = x.gpu.Limits()
	}
	x.Found(x.e.Info(), limits)
	left := 0.0
	for _, w := range weights {
		if !w.gpu || !o.CPU {
			left += w.share
		}
	}
	all, began := left, time.Now()
	for _, w := range weights {
		if w.gpu && o.CPU {
			continue
		}
		if x.e == nil { // it was lost
			if err := x.open(ctx, ""); err != nil {
				x.Row(Row{Part: w.part, Name: "opening the device again", State: Wrong, Text: err.Error()})
				return ctx.Err()
			}
		}
		rest := o.Budget - time.Since(began)
		share := time.Duration(float64(rest) * w.share / left)
		s := &span{x: x, part: w.part, from: (all - left) / all, width: w.share / all, end: time.Now().Add(share)}
		partly, cancel := context.WithDeadline(ctx, s.end.Add(max(o.Budget/50, 5*time.Second)))
		w.run(x, partly, s)
		cancel()
		s.close()
		if err := ctx.Err(); err != nil {
			return err
		}
		left -= w.share
	}
	if !o.CPU {
		x.coverage()
	}
	return nil
}

// coverage tells which kernels no race has had.
func (x *exam) coverage() {
	var missing []string
	all := gpu.KernelNames()
	for _, name := range all {
		if !x.finished[name] {
			missing = append(missing, name)
		}
	}
	r := Row{Part: Races, Name: "kernels", State: Measured, Figures: map[string]float64{"raced": float64(len(all) - len(missing)), "of": float64(len(all))}}
	if len(missing) > 0 {
		r.Text = "not raced: " + strings.Join(missing, ", ")
	}
	x.Row(r)
}

// exam is a checkup under way.
type exam struct {
	Options
	e         graph.Executor
	gpu       *gpu.Executor // e, if it is one
	variant   string        // that e was opened for
	reference graph.Executor
	known     map[string][][]float32 // by case, from the reference
	chosen    map[string]bool        // kernels for a race, by label
	finished  map[string]bool        // those that had one
	peak      float64                // operations a second
}

// open replaces the executor by a new one.
func (x *exam) open(ctx context.Context, variant string) error {
	x.close()
	if x.CPU {
		x.e = cpu.New(cpu.Options{})
		return nil
	}
	e, err := gpu.Open(ctx, gpu.Options{Name: x.Device, Variant: variant, Limits: x.Limits})
	if err != nil {
		return err
	}
	x.e, x.gpu, x.variant = e, e, variant
	return nil
}

func (x *exam) close() {
	if c, ok := x.e.(interface{ Close() error }); ok {
		_ = c.Close() // there is nothing left to save
	}
	x.e, x.gpu = nil, nil
}

// span is a part under way, with its share of the time and of the progress.
type span struct {
	x           *exam
	part        Part
	from, width float64
	shown       float64 // of the progress
	end         time.Time
	left        int // not run for lack of time
	of          int
}

// each runs what for every name until the time is over. What is an error becomes a row, and a device that is lost is opened anew.
func (s *span) each(ctx context.Context, n int, name func(i int) string, run func(i int) (Row, error)) {
	s.of += n
	for i := range n {
		if i > 0 && s.over(ctx) || ctx.Err() != nil || s.end.IsZero() { // the first is tried in any case
			s.left += n - i
			return
		}
		s.shown = max(s.shown, s.from+s.width*float64(i)/float64(n)) // a part may do this several times
		s.x.Now(s.shown, s.part, name(i))
		r, err := run(i)
		r.Name = name(i)
		if ctx.Err() != nil {
			s.left += n - i // broken off
			return
		}
		s.row(ctx, r, err)
	}
}

// row adds what was found, as wrong if there is an error.
func (s *span) row(ctx context.Context, r Row, err error) {
	r.Part, r.Variant = s.part, s.x.variant
	switch {
	case err != nil:
		r.State, r.Text = Wrong, err.Error()
	case r.State == "":
		r.State = Right
	}
	for k, v := range r.Figures {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			delete(r.Figures, k) // JSON has none; r is wrong and its text says so
		}
	}
	s.x.Row(r)
	if errors.Is(err, graph.ErrDeviceLost) {
		if err := s.x.open(ctx, s.x.variant); err != nil {
			s.x.Row(Row{Part: s.part, Name: "opening the device again", State: Wrong, Text: err.Error()})
			s.end = time.Time{} // nothing more
		}
	}
}

func (s *span) over(ctx context.Context) bool { return ctx.Err() != nil || time.Now().After(s.end) }

// close tells what was left out.
func (s *span) close() {
	if s.left > 0 {
		s.x.Row(Row{Part: s.part, Name: "the rest", State: Skipped, Figures: map[string]float64{"left": float64(s.left), "of": float64(s.of)},
			Text: fmt.Sprintf("no time was left for %d of %d", s.left, s.of)})
	}
}
