package checkup

import (
	"context"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Event is what a checkup tells another process, or a page, as a line of JSON: one of what Options tell.
type Event struct {
	Info   *graph.Info       `json:"info,omitempty"` // the device is open
	Limits map[string]uint64 `json:"limits,omitempty"`
	Row    *Row              `json:"row,omitempty"`
	Now    string            `json:"now,omitempty"` // what comes next
	Part   Part              `json:"part,omitempty"`
	Done   float64           `json:"done,omitempty"`
}

// Stream does a checkup of the device whose name has this part, or of the CPU if the name is "cpu", and emits what it finds.
func Stream(ctx context.Context, name string, budget time.Duration, emit func(Event)) error {
	return Run(ctx, Options{Device: name, CPU: name == "cpu", Budget: budget,
		Found: func(info graph.Info, limits map[string]uint64) { emit(Event{Info: &info, Limits: limits}) },
		Now:   func(done float64, part Part, what string) { emit(Event{Now: what, Part: part, Done: done}) },
		Row:   func(r Row) { emit(Event{Row: &r}) },
	})
}
