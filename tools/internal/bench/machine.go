package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/webmunit/webmunit/runtime/cpu"
)

// Machine is where and with what a report was made.
type Machine struct {
	Processor string   `json:"processor"`
	System    string   `json:"system"`
	Code      string   `json:"code"`           // what our CPU code was built with
	Load      string   `json:"load,omitempty"` // average number of running threads in the minute before, where the system tells
	Commit    string   `json:"commit,omitempty"`
	Peers     []string `json:"peers,omitempty"` // with their versions
}

// ThisMachine describes this one, with commit for the code that is measured ("" where nobody knows).
func ThisMachine(threads int, commit string) Machine {
	e := cpu.New(cpu.Options{Threads: threads})
	defer e.Close()
	m := Machine{
		Processor: fmt.Sprintf("%s, %d cores", e.Info().Name, runtime.NumCPU()),
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Code:      e.Info().Backend + "; " + runtime.Version(),
		Commit:    commit,
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	return m
}

// HasSIMD tells whether the CPU executor found vector instructions to use.
func HasSIMD() bool {
	e := cpu.New(cpu.Options{Threads: 1})
	defer e.Close()
	return strings.Contains(e.Info().Backend, "SIMD")
}

func (m Machine) lines() []string {
	lines := []string{m.Processor + ", " + m.System, "our CPU code: " + m.Code}
	if m.Commit != "" {
		lines = append(lines, "commit "+m.Commit)
	}
	if m.Load != "" {
		lines = append(lines, "load before the run: "+m.Load)
	}
	return append(lines, m.Peers...)
}
