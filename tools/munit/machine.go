package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/tools/internal/bench"
)

// program describes this build.
type program struct {
	Version  string   `json:"version"`
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	SIMD     bool     `json:"simd"`
	Build    []string `json:"build"`   // flags and environment
	Modules  []string `json:"modules"` // those that a fault may come from
}

// system describes the machine.
type system struct {
	Name string `json:"name"`
	CPUs int    `json:"cpus"`
	// Environment has the variables that choose and change drivers.
	Environment []string `json:"environment,omitempty"`
}

func thisProgram() program {
	p := program{Version: "munit (unknown build)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, SIMD: bench.HasSIMD(), Build: []string{}, Modules: []string{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return p
	}
	p.Version = "munit " + info.Main.Version
	if release != "" {
		p.Version = "munit " + release + ", commit " + commit
	}
	for _, s := range info.Settings {
		if s.Value != "" && (strings.HasPrefix(s.Key, "GO") || strings.HasPrefix(s.Key, "-") || strings.HasPrefix(s.Key, "vcs.")) {
			p.Build = append(p.Build, s.Key+"="+s.Value)
		}
	}
	for _, m := range info.Deps {
		if slices.Contains([]string{"github.com/gogpu/wgpu", "github.com/gogpu/naga", "github.com/go-webgpu/goffi"}, m.Path) {
			p.Modules = append(p.Modules, m.Path+" "+m.Version)
		}
	}
	return p
}

// release and commit are what tools/release builds: -ldflags "-X main.release=v0.2.0 -X main.commit=...".
var release, commit string

// version is what munit --version prints.
func (p program) version() string {
	simd := "with SIMD"
	if !p.SIMD {
		simd = "without SIMD"
	}
	version := fmt.Sprintf("%s, %s, %s, %s", p.Version, p.Go, p.Platform, simd)
	if !gpu.Built {
		version += ", without GPU"
	}
	return version
}

func thisSystem() system {
	s := system{Name: systemName(), CPUs: runtime.NumCPU()}
	for _, v := range os.Environ() {
		if slices.ContainsFunc([]string{"VK_", "MESA_", "LIBGL_", "LP_", "MTL_"}, func(prefix string) bool { return strings.HasPrefix(v, prefix) }) {
			s.Environment = append(s.Environment, v)
		}
	}
	slices.Sort(s.Environment)
	return s
}

// systemName is what the system calls itself (os-release(5)), or Go's name of it.
func systemName() string {
	f, err := os.Open("/etc/os-release")
	if err != nil {
		return runtime.GOOS
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "PRETTY_NAME="); ok {
			return strings.Trim(name, `"`)
		}
	}
	return runtime.GOOS
}
