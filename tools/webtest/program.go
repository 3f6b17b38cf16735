package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// program is what a page is told to run.
type program struct {
	Args []string          `json:"args"` // the first is the program's name
	Env  map[string]string `json:"env"`

	wasm  string        // path of the binary
	limit time.Duration // how long it may take, the browser's start included; 0 means for ever
}

const (
	// defaultLimit is for a program without -test.timeout; it is go test's own.
	defaultLimit = 10 * time.Minute
	// grace is what a program gets beyond -test.timeout, at which a Go test ends
	// itself and says more about why than we could. go test allows it a minute.
	grace = 30 * time.Second
	// maxStart is the room wasm_exec.js has for arguments and environment.
	maxStart = 8192
)

// passedEnv are the variables that a test sees besides those whose name begins
// with one of passedPrefixes. The whole environment would not fit.
var (
	passedEnv      = []string{"GODEBUG", "GOGC", "GOMEMLIMIT", "GOTRACEBACK", "TZ"}
	passedPrefixes = []string{"MUNIT_", "WEBMUNIT_"}
)

// needsFiles are the test flags that write files, and droppedFlags those that
// only say where: a page has no file system.
var (
	needsFiles = []string{"artifacts", "blockprofile", "coverprofile", "cpuprofile",
		"gocoverdir", "memprofile", "mutexprofile", "trace"}
	droppedFlags = []string{"outputdir", "testlogfile"}
)

// newProgram describes the run of the binary wasm with args and what it may see
// of environ.
func newProgram(wasm string, args, environ []string) (*program, error) {
	if err := checkWasm(wasm); err != nil {
		return nil, err
	}
	p := &program{
		Args:  []string{filepath.Base(wasm)},
		Env:   map[string]string{},
		wasm:  wasm,
		limit: defaultLimit,
	}
	for _, arg := range args {
		name, value := testFlag(arg)
		switch {
		case slices.Contains(needsFiles, name) && value != "" && value != "false":
			return nil, fmt.Errorf("-test.%s writes files, which a page cannot: run that test natively", name)
		case slices.Contains(needsFiles, name), slices.Contains(droppedFlags, name):
			continue
		case name == "timeout":
			d, err := time.ParseDuration(value)
			if err != nil {
				return nil, fmt.Errorf("-test.timeout: %w", err)
			}
			p.limit = 0
			if d > 0 {
				p.limit = d + grace
			}
		}
		p.Args = append(p.Args, arg)
	}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); passes(name) {
			p.Env[name] = value
		}
	}
	if n := p.startSize(); n > maxStart {
		return nil, fmt.Errorf("arguments and environment take %d bytes, and Go has room for %d in a page: shorten %s",
			n, maxStart, strings.Join(append(passedPrefixes, "the arguments"), "*, "))
	}
	return p, nil
}

// checkWasm tells a program for the page from one for this machine.
func checkWasm(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	magic := make([]byte, 4)
	if n, _ := file.Read(magic); string(magic[:n]) != "\x00asm" {
		return fmt.Errorf("%s is no WebAssembly program: build it with GOOS=js GOARCH=wasm", path)
	}
	return nil
}

// testFlag splits "-test.name=value", which is the form that go test uses; name
// is empty for every other argument.
func testFlag(arg string) (name, value string) {
	rest, ok := strings.CutPrefix("-"+strings.TrimLeft(arg, "-"), "-test.")
	if !ok || !strings.HasPrefix(arg, "-") {
		return "", ""
	}
	name, value, ok = strings.Cut(rest, "=")
	if !ok {
		value = "true"
	}
	return name, value
}

// passes says whether a test may see the environment variable.
func passes(name string) bool {
	for _, prefix := range passedPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains(passedEnv, name)
}

// startSize is what wasm_exec.js will need for arguments and environment: each
// string with a NUL, rounded up to 8 bytes, and a pointer to it.
func (p *program) startSize() int {
	size := 2 * 8
	add := func(n int) { size += (n+1+7)/8*8 + 8 }
	for _, arg := range p.Args {
		add(len(arg))
	}
	for name, value := range p.Env {
		add(len(name) + 1 + len(value))
	}
	return size
}
