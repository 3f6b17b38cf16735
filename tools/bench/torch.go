package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/webmunit/webmunit/tools/internal/bench"
)

//go:embed formula.py
var formulaScript string

//go:embed munit.py
var torchScript string

// torch is a network in PyTorch: a Python process that works when told to, so that its runs and ours can take turns.
type torch struct {
	bench.Network
	threads int
	dir     string // for floats that cross as files
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	stdout  *bufio.Reader
	stderr  tail
	version string
}

// findTorch checks that python has PyTorch, and installs Debian's if it may.
func findTorch(ctx context.Context, o options) error {
	if hasTorch(ctx, o.python) {
		return nil
	}
	install := []string{"apt-get", "install", "-y", "--no-install-recommends", "python3-torch"}
	_, err := exec.LookPath("apt-get")
	if err == nil && os.Getuid() == 0 && o.python == "/usr/bin/python3" {
		o.logf("installing PyTorch: %s (650 MB)", strings.Join(install, " "))
		for _, args := range [][]string{{"apt-get", "update"}, install} {
			cmd := exec.CommandContext(ctx, args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			cmd.Stdout, cmd.Stderr = o.log, o.log
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
			}
		}
		if hasTorch(ctx, o.python) {
			return nil
		}
	}
	return fmt.Errorf("%s has no PyTorch: run `sudo %s`, name another Python by --python, or leave it out by --only page,start,devices,layers",
		o.python, strings.Join(install, " "))
}

func hasTorch(ctx context.Context, python string) bool {
	return exec.CommandContext(ctx, python, "-c", "import numpy, torch").Run() == nil
}

// start runs Python until the network is ready. Unlike ours, this start includes making the weights.
func (t *torch) start(ctx context.Context, python string) error {
	return t.begin(ctx, python, torchScript, func(dir string) (string, error) {
		x, s := filepath.Join(dir, "x"), filepath.Join(dir, "s")
		job, err := json.Marshal(map[string]any{
			"config": t.Config, "seed": t.Seed, "modelA": t.ModelA, "modelB": t.ModelB,
			"size": t.Size, "threads": t.threads, "x": x, "s": s,
		})
		return string(job), errors.Join(writeFloats(x, t.Values()), writeFloats(s, t.Style), err)
	})
}

// begin runs a script, whose job comes with files in a folder of its own, until it is ready.
func (t *torch) begin(ctx context.Context, python, script string, make func(dir string) (job string, err error)) error {
	var err error
	if t.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	job, err := make(t.dir)
	if err != nil {
		return err
	}
	t.cmd = exec.CommandContext(ctx, python, "-c", formulaScript+script)
	t.cmd.Stderr = &t.stderr
	if t.stdin, err = t.cmd.StdinPipe(); err != nil {
		return err
	}
	stdout, err := t.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	t.stdout = bufio.NewReader(stdout)
	if err := t.cmd.Start(); err != nil {
		return err
	}
	t.version, err = t.ask(job)
	return err
}

// ask sends a line and gives the line that answers it.
func (t *torch) ask(line string) (string, error) {
	_, err := fmt.Fprintln(t.stdin, line)
	answer := ""
	if err == nil {
		answer, err = t.stdout.ReadString('\n')
	}
	if err != nil {
		return "", fmt.Errorf("the Python process ended: %s", t.reason())
	}
	return strings.TrimSpace(answer), nil
}

// reason is the last line of a Python process that ended by itself: the exception.
func (t *torch) reason() string {
	err := t.cmd.Wait()
	lines := strings.Split(strings.TrimSpace(string(t.stderr)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	return fmt.Sprint(err)
}

// run gives a runner of the script's command, which times itself.
func (t *torch) run(command string) func(context.Context) (time.Duration, error) {
	return func(context.Context) (time.Duration, error) {
		answer, err := t.ask(command)
		if err != nil {
			return 0, err
		}
		seconds, err := strconv.ParseFloat(answer, 64)
		return time.Duration(seconds * float64(time.Second)), err
	}
}

func (t *torch) output(context.Context) (bench.Output, error) {
	path := filepath.Join(t.dir, "y")
	if _, err := t.ask("output " + path); err != nil {
		return bench.Output{}, err
	}
	data, err := os.ReadFile(path)
	return bench.Output{Values: floats(data)}, err
}

func (t *torch) close() {
	if t.cmd != nil && t.cmd.ProcessState == nil && t.cmd.Process != nil {
		t.stdin.Close()
		t.cmd.Wait()
	}
	if t.dir != "" {
		os.RemoveAll(t.dir)
	}
}

func writeFloats(path string, values []float32) error {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return os.WriteFile(path, data, 0o600)
}

func floats(data []byte) []float32 {
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}

// tail keeps the end of what is written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	const enough = 4096
	*t = append(*t, p...)
	*t = (*t)[max(0, len(*t)-enough):]
	return len(p), nil
}
