package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// mutation is one change of the code, and the tests that are to notice it.
type mutation struct {
	file     string  // from the root of the repository
	old, new string  // old stands in file once
	tests    []suite // tried in order, until one fails
}

func (m mutation) String() string { return fmt.Sprintf("%s: %s -> %s", m.file, m.old, m.new) }

// suite is arguments of go test: a package, and which of its tests.
type suite []string

// mutate is the text of m's file with the change in it.
func (m mutation) mutate(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return nil, fmt.Errorf("%q stands %d times in %s, and must once: mend the table of tools/mutations", m.old, n, m.file)
	}
	return bytes.Replace(text, []byte(m.old), []byte(m.new), 1), nil
}

// lab runs tests at root on changed files, which it keeps in temp.
type lab struct{ root, temp string }

// sound runs all tests of the mutations without a change: where they fail, failing proves nothing.
func (l lab) sound(ctx context.Context, all []mutation) error {
	var seen []string
	for _, m := range all {
		for _, s := range m.tests {
			if key := strings.Join(s, " "); !slices.Contains(seen, key) {
				seen = append(seen, key)
				fmt.Printf("without a change: go test %s\n", key)
				if by, output, err := l.test(ctx, s); err != nil || by != "" {
					return errors.Join(fmt.Errorf("tests fail without any change:\n%s", output), err)
				}
			}
		}
	}
	return nil
}

// try names the test that fails with m, or none.
func (l lab) try(ctx context.Context, m mutation) (by string, err error) {
	text, err := m.mutate(l.root)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(l.temp, filepath.Base(m.file))
	if err := os.WriteFile(changed, text, 0o666); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(l.root, filepath.FromSlash(m.file)): changed}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(l.temp, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o666); err != nil {
		return "", err
	}
	for _, s := range m.tests {
		if by, _, err = l.test(ctx, append(suite{"-overlay=" + path, "-failfast"}, s...)); err != nil || by != "" {
			return by, err
		}
	}
	return "", nil
}

var (
	failed  = regexp.MustCompile(`(?m)^FAIL\t`) // of a package
	failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
)

// test runs go test, and names a test that fails; a panic, or a run without end, is one too.
func (l lab) test(ctx context.Context, args suite) (by string, output []byte, err error) {
	cmd, err := gotool.Native(ctx, l.root, append([]string{"test", "-vet=off", "-timeout=5m"}, args...)...)
	if err != nil {
		return "", nil, err
	}
	output, err = cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", output, ctx.Err()
	case err == nil:
		return "", output, nil
	case !errors.As(err, &exit):
		return "", output, err
	case bytes.Contains(output, []byte("[build failed]")), bytes.Contains(output, []byte("[setup failed]")):
		return "", output, fmt.Errorf("this does not build:\n%s", output)
	case !failed.Match(output):
		return "", output, fmt.Errorf("go test did not run:\n%s", output)
	}
	if all := failure.FindAllSubmatch(output, -1); len(all) > 0 {
		return string(all[len(all)-1][1]), output, nil // the innermost
	}
	return "a panic or a timeout in " + strings.Join(args, " "), output, nil
}
