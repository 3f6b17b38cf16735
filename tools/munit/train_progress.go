package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights/printable"
)

// trainProgress tells how a training goes, as train.Observer: one line that changes on a terminal, a line now and then elsewhere.
type trainProgress struct {
	w         io.Writer
	to        int
	iteration int
	window    []time.Time // when the latest iterations were done: what the rate is taken from
	losses    string      // of the last iteration that was logged
	told      time.Time
	file      *os.File
	terminal  bool // file is one
	drawn     bool // a line is on the terminal that the next must replace
}

const (
	rateWindow   = 50
	terminalTurn = 200 * time.Millisecond
	logTurn      = 15 * time.Second
)

func (p *trainProgress) Started(from, to int, pictures [2]int, memory graph.Memory) {
	p.file, p.terminal = terminal(p.w)
	p.to, p.iteration, p.window = to, from, []time.Time{time.Now()}
	p.line("training on %d and %d pictures, iterations %d to %d; %d MiB for activations", pictures[0], pictures[1], from+1, to, memory.Arena>>20)
}

func (p *trainProgress) Stepped(iteration int, losses train.Losses) {
	p.iteration = iteration
	p.window = append(p.window, time.Now())
	if len(p.window) > rateWindow {
		p.window = p.window[1:]
	}
	if len(losses) > 2 || p.losses == "" {
		p.losses = short(losses)
	}
	turn := logTurn
	if p.terminal {
		turn = terminalTurn
	}
	if time.Since(p.told) < turn && iteration < p.to {
		return
	}
	p.told = time.Now()
	p.show(p.status())
}

// status is one line: how far, how fast, how long still, and the losses.
func (p *trainProgress) status() string {
	took := p.window[len(p.window)-1].Sub(p.window[0]) / time.Duration(max(len(p.window)-1, 1))
	left := took * time.Duration(p.to-p.iteration)
	return fmt.Sprintf("%d/%d (%.1f %%), %s an iteration, %s left; %s", p.iteration, p.to, 100*float64(p.iteration)/float64(p.to),
		seconds(took), left.Round(time.Second), p.losses)
}

// short gives the losses that say most: both totals, and how well pictures are reconstructed.
func short(losses train.Losses) string {
	var parts []string
	for _, l := range losses {
		if strings.HasSuffix(l.Name, "_total") || strings.HasPrefix(l.Name, "recon_x") {
			parts = append(parts, fmt.Sprintf("%s %.3f", l.Name, l.Value))
		}
	}
	return strings.Join(parts, ", ")
}

func (p *trainProgress) Stopping() {
	say(p.w, "\nfinishing the iteration and saving; again to end at once without")
}

func (p *trainProgress) Note(format string, args ...any) { p.line(format, args...) }

// show replaces the line on a terminal; elsewhere it writes another.
func (p *trainProgress) show(text string) {
	if !p.terminal {
		say(p.w, "%s", text)
		return
	}
	fmt.Fprintf(p.file, "\r\x1b[K%s", printable.Text(text))
	p.drawn = true
}

// line writes a line that stays.
func (p *trainProgress) line(format string, args ...any) {
	p.stop()
	say(p.w, format, args...)
}

// stop leaves what is on the terminal as it is.
func (p *trainProgress) stop() {
	if p.drawn {
		fmt.Fprintln(p.file)
		p.drawn = false
	}
}
