// Package bench measures: it lets contenders do the same work in turns, holds what they give against each other first, times the layers of the
// networks against a device's own peak, and writes reports. What tools/munit and tools/bench measure and print is one thing by this.
package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Contender does the work of a table in one way.
type Contender struct {
	Name string
	Peer string // the contender that it is measured against, or ""
	// Start does all that comes before the first picture; nil if another contender has done it.
	Start func(context.Context) error
	// Run translates the picture once and says how long that took.
	Run func(context.Context) (time.Duration, error)
	// Output is what the last run gave.
	Output func(context.Context) (Output, error)
	// Memory is what activations take on the device; nil where nobody can tell.
	Memory func() Memory
}

// Output is a translated picture.
type Output struct {
	Values []float32 // CHW in [-1, 1]
	Pixels bool      // it was rounded to 8 bits
}

// The bound on images in [-1, 1] (docs/networks.md, "Tolerances"). Rounding to 256 levels adds half a level at most.
const (
	maxError  = 2e-3
	halfLevel = 1.0 / 255
)

// difference is the largest distance of o from the reference, or an error if it is more than rounding explains.
func (o Output) difference(reference []float32) (float64, error) {
	if len(o.Values) != len(reference) {
		return 0, fmt.Errorf("it has %d values, not %d", len(o.Values), len(reference))
	}
	bound := maxError
	if o.Pixels {
		bound += halfLevel
	}
	worst := 0.0
	for i, v := range o.Values {
		d := math.Abs(float64(v) - float64(reference[i]))
		if !(d <= bound) { // NaN too
			return d, fmt.Errorf("value %d is %g, not %g: %g apart, at most %g is allowed", i, v, reference[i], d, bound)
		}
		worst = max(worst, d)
	}
	return worst, nil
}

const (
	// pause lets threads that spin for more work go to sleep before somebody else's turn.
	pause = 200 * time.Millisecond
	// A turn has several runs of a quick contender: one picture of some milliseconds says little.
	turnTime = 0.5 // seconds
	turnRuns = 10
	// A slow contender, such as an emulated GPU, has had enough after some turns, in seconds all together.
	enoughTurns = 3
	enoughTime  = 10.0
)

// Contest is what contenders do, and how often.
type Contest struct {
	Title     string
	Reference []float32 // the picture that all must give
	Turns     int
	Logf      func(format string, args ...any) // tells what is going on
}

// Hold starts the contenders, compares each one's first picture with the reference, and then lets them take turns.
func (c Contest) Hold(ctx context.Context, contenders []Contender) (Table, error) {
	table := Table{Title: c.Title}
	title, _, _ := strings.Cut(c.Title, ",") // enough for messages
	for _, x := range contenders {
		c.Logf("%s: starting %s", title, x.Name)
		row, err := x.first(ctx, c.Reference)
		if err != nil {
			return table, fmt.Errorf("%s: %s: %w", title, x.Name, err)
		}
		table.Rows = append(table.Rows, row)
	}
	for turn := range c.Turns {
		for i, x := range contenders {
			row := &table.Rows[i]
			if turn >= enoughTurns && sum(row.Times) > enoughTime {
				continue
			}
			c.Logf("%s: turn %d of %d: %s", title, turn+1, c.Turns, x.Name)
			times, err := x.turn(ctx)
			if err != nil {
				return table, fmt.Errorf("%s: %s: %w", title, x.Name, err)
			}
			row.Times = append(row.Times, times...)
		}
	}
	table.Finish()
	return table, nil
}

// first starts x and checks its first picture.
func (x Contender) first(ctx context.Context, reference []float32) (Row, error) {
	row := Row{Name: x.Name, Peer: x.Peer}
	if x.Start != nil {
		began := time.Now()
		if err := x.Start(ctx); err != nil {
			return row, err
		}
		row.Start = time.Since(began).Seconds()
	}
	took, err := x.Run(ctx)
	if err != nil {
		return row, err
	}
	row.First = took.Seconds()
	if x.Memory != nil {
		row.Memory = x.Memory()
	}
	row.Difference, row.Pixels, err = x.Check(ctx, reference)
	return row, err
}

// Check is how far the last picture is from the reference: an error if it is another picture.
func (x Contender) Check(ctx context.Context, reference []float32) (difference float64, pixels bool, err error) {
	out, err := x.Output(ctx)
	if err != nil {
		return 0, false, err
	}
	difference, err = out.difference(reference)
	if err != nil {
		return 0, false, fmt.Errorf("the picture is not our native CPU code's, so it was not timed: %w", err)
	}
	return difference, out.Pixels, nil
}

func (x Contender) turn(ctx context.Context) (seconds []float64, err error) {
	if err := rest(ctx); err != nil {
		return nil, err
	}
	for len(seconds) == 0 || len(seconds) < turnRuns && sum(seconds) < turnTime {
		took, err := x.Run(ctx)
		if err != nil {
			return nil, err
		}
		seconds = append(seconds, took.Seconds())
	}
	return seconds, nil
}

// rest is a pause that ctx ends.
func rest(ctx context.Context) error {
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Median is the middle of values, of which there must be some, or the mean of the two in the middle.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
