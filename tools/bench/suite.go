package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/webmunit/webmunit/tools/internal/bench"
	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/ort"
)

// suite is one run of the benchmark.
type suite struct {
	options
	root   string // of the repository
	cache  string
	ort    string // the folder of onnxruntime-web
	built  string // our built site
	report bench.Report
}

func run(ctx context.Context, o options, stdout io.Writer) error {
	s := &suite{options: o}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	s.report.Date, s.report.Machine = time.Now(), bench.ThisMachine(s.threads, commit(ctx, s.root))
	for _, p := range []struct {
		names   string
		measure func(context.Context) error
	}{{"page start", s.browser}, {"native", s.native}, {"train", s.training}, {"devices", s.devices}, {"layers", s.layers}} {
		if !s.wants(strings.Fields(p.names)...) {
			continue
		}
		if err := p.measure(ctx); err != nil {
			return err
		}
	}
	return s.publish(stdout)
}

func (s *suite) wants(parts ...string) bool {
	for _, p := range parts {
		if s.parts[p] {
			return true
		}
	}
	return false
}

// prepare finds, fetches and builds what the parts need, so that nothing is missed half way and nothing disturbs what is timed.
func (s *suite) prepare(ctx context.Context) (err error) {
	if s.root, err = gotool.Root(ctx); err != nil {
		return err
	}
	if s.write != "" {
		if err := checkTarget(s.write); err != nil {
			return err
		}
	}
	if runtime.GOARCH == "amd64" && !bench.HasSIMD() {
		s.logf("built without SIMD, our CPU code is slow: use make bench")
	}
	if s.wants("native", "train") {
		if err := findTorch(ctx, s.options); err != nil {
			return err
		}
	}
	if s.wants("page", "start") {
		return s.preparePage(ctx)
	}
	return nil
}

// cacheDir is where what the benchmark builds outlives it, outside the clone.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder (%w): set HOME", err)
	}
	dir = filepath.Join(dir, "webmunit", "bench")
	return dir, os.MkdirAll(dir, 0o755)
}

func (s *suite) preparePage(ctx context.Context) (err error) {
	if _, err := chromium.Find(); err != nil {
		return err
	}
	if s.cache, err = cacheDir(); err != nil {
		return err
	}
	if s.ort, err = ort.Install(ctx, s.logf); err != nil {
		return err
	}
	s.built, err = buildSite(ctx, s.options, s.root, s.cache)
	return err
}

func (s *suite) leaveOut(name, why string) {
	s.logf("leaving out %s: %s", name, why)
	s.report.LeftOut = append(s.report.LeftOut, bench.LeftOut{Name: name, Why: why})
}

func (s *suite) peer(format string, args ...any) {
	s.report.Machine.Peers = append(s.report.Machine.Peers, fmt.Sprintf(format, args...))
}

func (s *suite) add(t bench.Table, err error) error {
	if err == nil {
		s.report.Tables = append(s.report.Tables, t)
	}
	return err
}

// publish gives the report to all who asked for it.
func (s *suite) publish(stdout io.Writer) error {
	var text bytes.Buffer
	if err := s.report.WriteMarkdown(&text); err != nil {
		return err
	}
	_, err := stdout.Write(text.Bytes())
	if s.json != "" {
		data, jsonErr := s.report.JSON()
		if jsonErr == nil {
			jsonErr = writeFile(s.json, data)
		}
		err = errors.Join(err, jsonErr)
	}
	if s.write != "" {
		err = errors.Join(err, writeSection(s.write, text.Bytes()))
	}
	return err
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
