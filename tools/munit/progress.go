package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress tells how far a run is: a bar on a terminal, a line per input elsewhere.
type progress struct {
	w              io.Writer
	bar            *progressbar.ProgressBar // nil where there is no terminal
	inputs, styles int
	done           int       // results
	skipped        int       // inputs
	began          time.Time // the input at hand
}

func newProgress(w io.Writer, inputs, styles int) *progress {
	p := &progress{w: w, inputs: inputs, styles: styles, began: time.Now()}
	p.bar = newBar(w, inputs*styles, "translating")
	return p
}

// newBar is a bar for total steps if w is a terminal, else nil.
func newBar(w io.Writer, total int, what string) *progressbar.ProgressBar {
	f, ok := terminal(w)
	if !ok {
		return nil
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true))
}

// picture counts one result of the input at path.
func (p *progress) picture(path string) {
	p.done++
	if p.bar != nil {
		_ = p.bar.Add(1) // a bar that cannot be drawn is no reason to stop
		return
	}
	if p.done%p.styles == 0 {
		say(p.w, "%d/%d %s: %s, %s", p.done/p.styles+p.skipped, p.inputs, path, count(p.styles, "picture"), seconds(time.Since(p.began)))
		p.began = time.Now()
	}
}

// skip counts an input without results.
func (p *progress) skip() {
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Add(p.styles)
	}
	p.skipped++
	p.began = time.Now()
}

// stop takes the bar off the terminal.
func (p *progress) stop() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// seconds rounds a duration to what a person reads.
func seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 1:
		return fmt.Sprintf("%.0f ms", 1000*s)
	case s < 100:
		return fmt.Sprintf("%.1f s", s)
	default:
		return d.Round(time.Second).String()
	}
}
