package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/stacks"
)

// asWebtest makes this test binary be webtest, so that go test can -exec it.
const asWebtest = "WEBTEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asWebtest) != "" {
		main()
	}
	os.Exit(m.Run())
}

// buildProg builds the tests of testdata/prog for the page.
func buildProg(t *testing.T) string {
	t.Helper()
	wasm := filepath.Join(t.TempDir(), "prog.wasm")
	out, err := goJS(t, "test", "-c", "-o", wasm, prog).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return wasm
}

// prog is the package of testdata/prog.
const prog = "./tools/webtest/testdata/prog"

// goJS is a go command for the page's platform.
func goJS(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd, err := gotool.Page(t.Context(), "../..", args...)
	require.NoError(t, err)
	return cmd
}

func TestUnderGoTest(t *testing.T) {
	needs.Browser(t)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := goJS(t, "test", "-vet=off", "-exec="+self, "-v", "-run=TestPass", "-bench=.", "-benchtime=10x", "-benchmem", prog)
	cmd.Env = append(cmd.Env, asWebtest+"=1", "WEBMUNIT_WEBTEST=seen")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, want := range []string{
		"adapter: swiftshader", "no newline, über: ", "seen true", "console warning: a warning of the page",
		"--- PASS: TestPass", "BenchmarkAlloc", "allocs/op", "\nok",
	} {
		assert.Contains(t, string(out), want)
	}
}

func TestEnds(t *testing.T) {
	needs.Browser(t)
	wasm, stack := buildProg(t), stackOf(t, stacks.Default)
	for _, c := range []struct {
		name   string
		args   string
		limit  time.Duration // replaces the usual one when not 0
		code   int
		err    string
		output string
	}{
		{name: "failing test", args: "-test.run=TestFail", code: 1, output: "failing as it should"},
		{name: "exit code", args: "-test.run=TestExit -test.paniconexit0", code: 7},
		{name: "test timeout", args: "-test.run=TestWait -test.timeout=100ms", code: 2, output: "panic: test timed out"},
		{name: "deadlock", args: "-test.run=TestWait -test.timeout=0", limit: 12 * time.Second,
			err: "did not end within 12s", output: "all goroutines are asleep - deadlock!"},
		{name: "busy", args: "-test.run=TestBusy", limit: 12 * time.Second, err: "did not end within 12s", output: "busy now"},
		{name: "trap", args: "-test.run=TestTrap", err: "the Go program crashed: RangeError"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := newProgram(wasm, strings.Fields(c.args), nil)
			require.NoError(t, err)
			if c.limit > 0 {
				p.limit = c.limit
			}
			var output bytes.Buffer
			code, err := run(t.Context(), stack, p, &output, &output)
			if c.err != "" {
				assert.ErrorContains(t, err, c.err, "%s", output.String())
			} else if assert.NoError(t, err, "%s", output.String()) {
				assert.Equal(t, c.code, code)
			}
			assert.Contains(t, output.String(), c.output)
		})
	}
	t.Run("signal", func(t *testing.T) {
		p, err := newProgram(wasm, []string{"-test.run=TestWait"}, nil)
		require.NoError(t, err)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errors.New("ended by a signal")) })
		_, err = run(ctx, stack, p, io.Discard, io.Discard)
		assert.EqualError(t, err, "ended by a signal")
	})
}

func stackOf(t *testing.T, name string) stacks.Stack {
	t.Helper()
	s, err := stacks.Find(name)
	require.NoError(t, err)
	return s
}

// Programs end in the other hosts as in Chromium.
func TestOtherHosts(t *testing.T) {
	needs.Browser(t)
	wasm := buildProg(t)
	for _, s := range stacks.All {
		if _, here := hosts[s.Host]; !here || s.Host == stacks.Chromium {
			continue
		}
		for _, c := range []struct {
			args   string
			limit  time.Duration
			code   int
			err    string
			output []string
		}{
			{args: "-test.run=TestPass -test.v", output: []string{"adapter: ", "no newline, über: ", "console warning: a warning of the page", "--- PASS: TestPass"}},
			{args: "-test.run=TestExit -test.paniconexit0", code: 7},
			{args: "-test.run=TestBusy", limit: 15 * time.Second, err: "did not end within 15s", output: []string{"busy now"}},
			{args: "-test.run=TestTrap", code: failed, err: "the Go program crashed: "},
		} {
			t.Run(s.Name+" "+c.args, func(t *testing.T) {
				p, err := newProgram(wasm, strings.Fields(c.args), nil)
				require.NoError(t, err)
				if c.limit > 0 {
					p.limit = c.limit
				}
				var output bytes.Buffer
				code, err := run(t.Context(), s, p, &output, &output)
				if c.err != "" {
					said := output.String()
					if err != nil {
						said += err.Error()
					}
					assert.Contains(t, said, c.err)
				} else if assert.NoError(t, err, "%s", output.String()) {
					assert.Equal(t, c.code, code)
				}
				for _, want := range c.output {
					assert.Contains(t, output.String(), want)
				}
			})
		}
	}
}

func TestNewProgram(t *testing.T) {
	wasm := filepath.Join(t.TempDir(), "a.test")
	require.NoError(t, os.WriteFile(wasm, []byte("\x00asm\x01\x00\x00\x00"), 0o644))

	p, err := newProgram(wasm,
		[]string{"-test.v=true", "-test.testlogfile=/tmp/log", "-test.coverprofile=", "-test.timeout=1m30s", "-mine=/a/b"},
		[]string{"MUNIT_DEVICE=a=b", "GOGC=50", "HOME=/root", "PATH=/bin"})
	require.NoError(t, err)
	assert.Equal(t, []string{"a.test", "-test.v=true", "-test.timeout=1m30s", "-mine=/a/b"}, p.Args)
	assert.Equal(t, map[string]string{"MUNIT_DEVICE": "a=b", "GOGC": "50"}, p.Env)
	assert.Equal(t, 2*time.Minute, p.limit)

	p, err = newProgram(wasm, []string{"-test.timeout=0s"}, nil)
	require.NoError(t, err)
	assert.Zero(t, p.limit)
	p, err = newProgram(wasm, nil, nil)
	require.NoError(t, err)
	assert.Equal(t, defaultLimit, p.limit)

	_, err = newProgram(wasm, []string{"-test.cpuprofile=cpu.out"}, nil)
	assert.ErrorContains(t, err, "-test.cpuprofile")
	_, err = newProgram(wasm, []string{"-test.timeout=soon"}, nil)
	assert.ErrorContains(t, err, "-test.timeout")
	_, err = newProgram(wasm, []string{strings.Repeat("x", maxStart)}, nil)
	assert.ErrorContains(t, err, "shorten")
	_, err = newProgram(filepath.Join(t.TempDir(), "none"), nil, nil)
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(wasm, []byte("\x7fELF"), 0o644))
	_, err = newProgram(wasm, nil, nil)
	assert.ErrorContains(t, err, "GOOS=js GOARCH=wasm")
}
