package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// contender does the work of a table in one way.
type contender struct {
	name string
	peer string // the contender that it is measured against, or ""
	// start does all that comes before the first picture; nil if another contender has done it.
	start func(context.Context) error
	// run translates the picture once and says how long that took.
	run func(context.Context) (time.Duration, error)
	// output is what the last run gave.
	output func(context.Context) (output, error)
}

// output is a translated picture.
type output struct {
	values []float32 // CHW in [-1, 1]
	pixels bool      // it was rounded to 8 bits
}

// The contract's bound on images in [-1, 1] (DESIGN §7). Rounding to 256 levels adds half a level at most.
const (
	maxError  = 2e-3
	halfLevel = 1.0 / 255
)

// difference is the largest distance of o from the reference, or an error if it is more than rounding explains.
func (o output) difference(reference []float32) (float64, error) {
	if len(o.values) != len(reference) {
		return 0, fmt.Errorf("it has %d values, not %d", len(o.values), len(reference))
	}
	bound := maxError
	if o.pixels {
		bound += halfLevel
	}
	worst := 0.0
	for i, v := range o.values {
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
	turnTime = 500 * time.Millisecond
	turnRuns = 10
)

// compete starts the contenders, compares each one's first picture with reference, and then lets them take turns.
func compete(ctx context.Context, o options, title string, reference []float32, contenders []contender, turns int) (Table, error) {
	table := Table{Title: title}
	title, _, _ = strings.Cut(title, ",") // enough for messages
	for _, c := range contenders {
		o.logf("%s: starting %s", title, c.name)
		row, err := c.first(ctx, reference)
		if err != nil {
			return table, fmt.Errorf("%s: %s: %w", title, c.name, err)
		}
		table.Rows = append(table.Rows, row)
	}
	for turn := range turns {
		for i, c := range contenders {
			o.logf("%s: turn %d of %d: %s", title, turn+1, turns, c.name)
			times, err := c.turn(ctx)
			if err != nil {
				return table, fmt.Errorf("%s: %s: %w", title, c.name, err)
			}
			table.Rows[i].Times = append(table.Rows[i].Times, times...)
		}
	}
	table.finish()
	return table, nil
}

// first starts c and checks its first picture.
func (c contender) first(ctx context.Context, reference []float32) (Row, error) {
	row := Row{Name: c.name, Peer: c.peer}
	if c.start != nil {
		began := time.Now()
		if err := c.start(ctx); err != nil {
			return row, err
		}
		row.Start = time.Since(began).Seconds()
	}
	took, err := c.run(ctx)
	if err != nil {
		return row, err
	}
	row.First = took.Seconds()
	row.Difference, row.Pixels, err = c.check(ctx, reference)
	return row, err
}

func (c contender) check(ctx context.Context, reference []float32) (difference float64, pixels bool, err error) {
	out, err := c.output(ctx)
	if err != nil {
		return 0, false, err
	}
	difference, err = out.difference(reference)
	if err != nil {
		return 0, false, fmt.Errorf("the picture is not our native CPU code's, so it was not timed: %w", err)
	}
	return difference, out.pixels, nil
}

func (c contender) turn(ctx context.Context) (seconds []float64, err error) {
	select {
	case <-time.After(pause):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for began := time.Now(); len(seconds) == 0 || len(seconds) < turnRuns && time.Since(began) < turnTime; {
		took, err := c.run(ctx)
		if err != nil {
			return nil, err
		}
		seconds = append(seconds, took.Seconds())
	}
	return seconds, nil
}
