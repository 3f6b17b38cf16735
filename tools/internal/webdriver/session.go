// Package webdriver drives a page by the commands of W3C WebDriver, in browsers that chromedp does not drive: Firefox, whose Marionette speaks
// them itself, and WebKitGTK, by way of WebKitWebDriver.
package webdriver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// patience is how long a script may run: a software GPU on a busy machine takes its time.
const patience = 2 * time.Minute

// Session is a browser with one page. Its methods may be called by one goroutine at a time.
type Session struct {
	conn  caller
	close func()
}

// command names a command in both forms.
type command struct {
	marionette   string
	method, path string // of HTTP, behind /session/ID
}

var (
	setTimeouts    = command{"WebDriver:SetTimeouts", "POST", "/timeouts"}
	navigate       = command{"WebDriver:Navigate", "POST", "/url"}
	executeAsync   = command{"WebDriver:ExecuteAsyncScript", "POST", "/execute/async"}
	performActions = command{"WebDriver:PerformActions", "POST", "/actions"}
	takeScreenshot = command{"WebDriver:TakeScreenshot", "GET", "/screenshot"}
)

// caller takes a command to the browser and returns its value.
type caller interface {
	call(ctx context.Context, c command, params map[string]any) (json.RawMessage, error)
}

// newSession is a session over conn, which end ends.
func newSession(ctx context.Context, conn caller, end func()) (*Session, error) {
	s := &Session{conn: conn, close: sync.OnceFunc(end)}
	_, err := conn.call(ctx, setTimeouts, map[string]any{"script": patience.Milliseconds(), "pageLoad": patience.Milliseconds()})
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the browser. It may be called more than once.
func (s *Session) Close() { s.close() }

// Navigate opens url and waits until it has loaded.
func (s *Session) Navigate(ctx context.Context, url string) error {
	_, err := s.conn.call(ctx, navigate, map[string]any{"url": url})
	return err
}

// Evaluate puts the value of a JavaScript expression, which may be a promise, into out.
func (s *Session) Evaluate(ctx context.Context, expression string, out any) error {
	raw, err := s.conn.call(ctx, executeAsync, map[string]any{
		"script": `const done = arguments[arguments.length - 1];
Promise.resolve().then(() => (` + expression + `)).then((value) => done({ value: value ?? null }), (err) => done({ error: String(err) }));`,
		"args": []any{},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", expression, err)
	}
	var result struct {
		Value json.RawMessage
		Error string
	}
	if err := json.Unmarshal(raw, &result); err != nil {
		return fmt.Errorf("%s: %w", expression, err)
	}
	if result.Error != "" {
		return fmt.Errorf("%s: %s", expression, result.Error)
	}
	return json.Unmarshal(result.Value, out)
}

// Point lies in the window, in CSS pixels from its upper left corner.
type Point struct{ X, Y int }

// Drag moves the mouse, with its button down, through points.
func (s *Session) Drag(ctx context.Context, points ...Point) error {
	const left = 0
	var steps []map[string]any
	for i, p := range points {
		steps = append(steps, map[string]any{"type": "pointerMove", "x": p.X, "y": p.Y, "duration": 50, "origin": "viewport"})
		if i == 0 {
			steps = append(steps, map[string]any{"type": "pointerDown", "button": left})
		}
	}
	steps = append(steps, map[string]any{"type": "pointerUp", "button": left})
	_, err := s.conn.call(ctx, performActions, map[string]any{"actions": []any{map[string]any{
		"type": "pointer", "id": "mouse", "parameters": map[string]any{"pointerType": "mouse"}, "actions": steps,
	}}})
	return err
}

// Screenshot is the window as a PNG.
func (s *Session) Screenshot(ctx context.Context) ([]byte, error) {
	raw, err := s.conn.call(ctx, takeScreenshot, map[string]any{"full": false})
	if err != nil {
		return nil, err
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}
