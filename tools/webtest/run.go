package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/stacks"
)

const (
	// binding is the name under which page.js finds its way out.
	binding = "__webtest"
	// answerTime is how long a page may take for what it does in milliseconds.
	answerTime = 3 * time.Second
)

// inChromium runs p in a new Chromium.
func inChromium(ctx context.Context, _ stacks.Stack, p *program, stdout, stderr io.Writer) (int, error) {
	url, closeServer, err := offer(p, nil)
	if err != nil {
		return 0, err
	}
	defer closeServer()

	out := &output{stdout: stdout, stderr: stderr}
	defer out.close()

	ended, report := outcomes()
	// The browser outlives ctx by as long as it takes to ask why the program
	// has not ended.
	life, cancelLife := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelLife()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(2*answerTime, cancelLife) })()
	page, closeBrowser, err := chromium.Start(life, chromium.Options{
		Lost: func(reason string) { report(outcome{err: errors.New(reason)}) },
	})
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if closeBrowser != nil {
			closeBrowser()
		}
		return 0, err
	}
	defer closeBrowser()

	console := followConsole(page, out)
	go func() {
		err := open(page, url, func(message string) {
			if o, ok := receive(message, out); ok {
				report(o)
			}
		})
		if err != nil {
			report(outcome{err: fmt.Errorf("opening the page: %w", err)})
		}
	}()

	select {
	case o := <-ended:
		if o.err == nil {
			waitFor(console)
		}
		return o.code, o.err
	case <-page.Done():
		return 0, errors.New("the browser died")
	case <-ctx.Done():
		askWhy(page, ended)
		return 0, context.Cause(ctx)
	}
}

// followConsole copies the page's console to stderr. It closes the channel when
// it has read the page's last message, so that none is lost at the exit: they
// take another way than the program's output.
func followConsole(page context.Context, out *output) <-chan struct{} {
	done := make(chan struct{})
	last := sync.OnceFunc(func() { close(done) })
	chromium.OnConsole(page, func(m chromedp.ConsoleMessage) {
		switch {
		case m.Type != chromedp.ConsoleDebug:
			out.write(2, fmt.Appendf(nil, "console %s\n", m))
		case m.Text == binding:
			last()
		}
	})
	return done
}

// waitFor waits for done, but not for ever.
func waitFor(done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(answerTime):
	}
}

// open loads url in the page, with a binding that hands each message to receive.
func open(page context.Context, url string, receive func(message string)) error {
	err := chromedp.Listen(page, func(ev any) {
		if call, ok := ev.(*runtime.EventBindingCalled); ok && call.Name == binding {
			receive(call.Payload)
		}
	})
	if err != nil {
		return err
	}
	bind := func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, runtime.AddBinding, runtime.AddBindingParams{Name: binding})
		return chromedp.Void{}, err
	}
	return chromedp.Do(page, bind, chromedp.Navigate(url))
}

// askWhy makes a program that waits for ever print its goroutines, which takes
// a page that is not busy and a program without timers.
func askWhy(page context.Context, ended <-chan outcome) {
	page, cancel := context.WithTimeout(page, answerTime)
	defer cancel()
	_, err := chromedp.Run(page, chromedp.Evaluate[bool]("__webtestNoMoreEvents(); true"))
	if err != nil {
		return
	}
	select {
	case <-ended:
	case <-page.Done():
	}
}
