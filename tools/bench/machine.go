package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
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

func describeMachine(ctx context.Context, root string, threads int) Machine {
	e := cpu.New(cpu.Options{Threads: threads})
	defer e.Close()
	m := Machine{
		Processor: fmt.Sprintf("%s, %d cores", e.Info().Name, runtime.NumCPU()),
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Code:      e.Info().Backend + "; " + runtime.Version(),
		Commit:    commit(ctx, root),
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	return m
}

// commit names the code, with a mark if it is not quite that commit's; "" outside a git clone.
func commit(ctx context.Context, root string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty=, with changes", "--exclude=*")
	cmd.Dir = root
	name, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
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
