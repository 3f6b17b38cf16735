package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/train"
)

// watch shows how a row's training goes, as train.Observer.
type watch struct {
	log       io.Writer
	title     string
	bar       *progressbar.ProgressBar
	iteration int
}

func newWatch(log io.Writer, title string) *watch {
	return &watch{log: log, title: title, bar: progress(log, title)}
}

func (w *watch) Started(from, to int, _ [2]int, _ graph.Memory) {
	w.iteration = from
	w.bar.ChangeMax(to)
	_ = w.bar.Set(from) // a bar that cannot be drawn is no reason to stop
}

func (w *watch) Stepped(iteration int, losses train.Losses) {
	w.iteration = iteration
	for _, l := range losses {
		if strings.HasPrefix(l.Name, "gen_total") {
			w.bar.Describe(fmt.Sprintf("%s, loss %.3f", w.title, l.Value))
		}
	}
	_ = w.bar.Set(iteration)
}

func (w *watch) Stopping() { fmt.Fprintln(w.log, "\nfinishing the iteration and saving") }

func (w *watch) Note(format string, args ...any) {
	fmt.Fprintf(w.log, w.title+": "+format+"\n", args...)
}
