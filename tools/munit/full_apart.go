package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/webmunit/webmunit/runtime/checkup"
)

// writeEvents is the process: it examines one device and writes events.
func writeEvents(ctx context.Context, name string, budget time.Duration, w io.Writer) error {
	out := json.NewEncoder(w)
	var failed error
	err := checkup.Stream(ctx, name, budget, func(e checkup.Event) {
		if err := out.Encode(e); err != nil && failed == nil {
			failed = err
		}
	})
	return errors.Join(err, failed)
}

// grace is what a process gets beyond its budget before it counts as hanging: drivers that run on the CPU, and compile on a busy one, take seconds
// for a kernel.
const grace = time.Minute

// examineApart examines d in a process of its own. Its error is ctx's.
func examineApart(ctx context.Context, d device, budget time.Duration, show func(float64, checkup.Part, string)) (examined, error) {
	self, err := os.Executable()
	if err != nil {
		return examined{}, fmt.Errorf("the program does not know where it lies: %w", err)
	}
	name := d.Name
	if d.Kind == "cpu" {
		name = "cpu"
	}
	return collect(ctx, exec.Command(self, "doctor", "--examine="+name, "--full-budget="+budget.String()), d, budget+grace, show)
}

// collect runs cmd and gathers its events, for at most so long. However it ends, what it has found out until then stays.
func collect(ctx context.Context, cmd *exec.Cmd, d device, most time.Duration, show func(float64, checkup.Part, string)) (examined, error) {
	e := examined{device: d, Rows: []checkup.Row{}}
	timed, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	said := &head{most: 2000}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		e.Ended = "it could not be examined: " + err.Error()
		return e, nil
	}
	stop := context.AfterFunc(timed, func() { _ = cmd.Process.Kill() })
	defer stop()
	last := "being opened"
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v checkup.Event
		if json.Unmarshal(lines.Bytes(), &v) != nil {
			continue // a driver writes to stdout
		}
		switch {
		case v.Row != nil:
			e.Rows = append(e.Rows, *v.Row)
		case v.Info != nil:
			e.Limits, e.Details = v.Limits, v.Info.Details
		case v.Now != "":
			last = fmt.Sprintf("%s, %s", v.Part, v.Now)
			show(v.Done, v.Part, v.Now)
		}
	}
	_, _ = io.Copy(io.Discard, out) // so that it does not wait, if a line was too long
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return e, ctx.Err()
	case timed.Err() != nil:
		e.Ended = fmt.Sprintf("it hangs at: %s", last)
	case err != nil:
		e.Ended = fmt.Sprintf("the program that examined it ended at: %s (%v)", last, err)
		if text := bytes.TrimSpace(said.text); len(text) > 0 {
			e.Ended += "\n" + string(text)
		}
	}
	return e, nil
}

// head keeps the beginning of what is written to it.
type head struct {
	text []byte
	most int
}

func (h *head) Write(p []byte) (int, error) {
	h.text = append(h.text, p[:min(len(p), h.most-len(h.text))]...)
	return len(p), nil
}
