package main

import (
	"io"
	"sync"
)

// output is where the page's program and its console write, from a goroutine
// each. What comes after close is dropped.
type output struct {
	mu             sync.Mutex
	stdout, stderr io.Writer
	closed         bool
}

// write writes p to stdout, or to stderr when fd is 2.
func (o *output) write(fd int, p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.stdout
	if fd == 2 {
		w = o.stderr
	}
	if !o.closed {
		w.Write(p)
	}
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
}
