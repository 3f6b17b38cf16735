// Package xvfb starts X displays without a screen, for programs that insist on one.
package xvfb

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Start starts a display and returns its name, as the environment variable DISPLAY has it, and what ends it.
func Start() (display string, stop func(), err error) {
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		return "", nil, errors.New("no Xvfb found: install it with `make setup`")
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer r.Close()
	cmd := exec.Command(path, "-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", nil, fmt.Errorf("starting %s: %w", path, err)
	}
	stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	number, err := bufio.NewReader(r).ReadString('\n') // ends when Xvfb does
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("%s did not start: %w", path, err)
	}
	return ":" + strings.TrimSpace(number), stop, nil
}
