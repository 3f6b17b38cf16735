package chromium

import (
	"bytes"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/inspector"
)

// lostOnce lets the first report through and drops the others, since one death
// shows in several places.
func lostOnce(report func(string)) func(string) {
	var once sync.Once
	return func(reason string) {
		if report != nil {
			once.Do(func() { report(reason) })
		}
	}
}

// crashListener reports the death of the page's process.
func crashListener(lost func(string)) func(ev any) {
	return func(ev any) {
		if _, ok := ev.(*inspector.EventTargetCrashed); ok {
			go lost("the page's process crashed, perhaps for lack of memory")
		}
	}
}

// stderrWatcher reads what Chromium writes to its stderr. No protocol event
// tells of the death of the GPU process, but Chromium logs it there.
type stderrWatcher struct {
	lost func(string)

	mu      sync.Mutex
	line    []byte
	stopped bool
}

// Write implements io.Writer and never fails.
func (w *stderrWatcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.line = append(w.line, p...)
	for {
		i := bytes.IndexByte(w.line, '\n')
		if i < 0 {
			return len(p), nil
		}
		w.read(string(w.line[:i]))
		w.line = w.line[i+1:]
	}
}

// read judges one line.
func (w *stderrWatcher) read(line string) {
	if !w.stopped && strings.Contains(line, "GPU process exited unexpectedly") {
		go w.lost("the browser's GPU process died: " + line)
	}
}

// stop ends the reports: a GPU process that dies while the browser is closed is
// no loss.
func (w *stderrWatcher) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
}
