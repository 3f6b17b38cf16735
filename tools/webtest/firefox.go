package main

import (
	"context"
	"errors"
	"io"

	"github.com/webmunit/webmunit/tools/internal/firefox"
	"github.com/webmunit/webmunit/tools/internal/stacks"
)

// inFirefox runs p in a new Firefox, whose page says by requests what it has to say: no driver is needed.
func inFirefox(ctx context.Context, s stacks.Stack, p *program, stdout, stderr io.Writer) (int, error) {
	out := &output{stdout: stdout, stderr: stderr}
	defer out.close()
	ended, report := outcomes()
	url, closeServer, err := offer(p, func(message string) {
		if o, ok := receive(message, out); ok {
			report(o)
		}
	})
	if err != nil {
		return 0, err
	}
	defer closeServer()
	env, err := s.Environment()
	if err != nil {
		return 0, err
	}
	browser, err := firefox.Start(ctx, firefox.Options{URL: url, Env: env})
	if err != nil {
		return 0, err
	}
	defer browser.Close()
	select {
	case o := <-ended:
		return o.code, o.err
	case <-browser.Done():
		return 0, errors.New("the browser died: " + browser.LastWords())
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}
