// Command check runs the Go tests that need neither a browser nor a GPU, in a minute or so, and says by name what it left out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/check\n\nIt takes no arguments: for a package of your own, go test -short PACKAGE.")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := check(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

// hidden hides browsers and Vulkan's drivers, so that a test that needs one and does not say so (package needs) fails here too, where there are some.
var hidden = []string{"CHROMIUM=hidden-by-check", "FIREFOX=hidden-by-check", "VK_DRIVER_FILES=hidden-by-check", "VK_ICD_FILENAMES=hidden-by-check"}

func check(ctx context.Context) error {
	root, err := gotool.Root(ctx)
	if err != nil {
		return err
	}
	cmd, err := gotool.Native(ctx, root, "test", "-json", "-short", "-shuffle=on", "-vet=off", "./...")
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, hidden...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	found, err := read(events)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		fmt.Print(found.failed)
		return fmt.Errorf("go test -short ./...: %w", err)
	}
	fmt.Print(found.text())
	return nil
}

// findings are what a run of go test said.
type findings struct {
	passed int                            // tests, each with its subtests
	left   map[string]map[string][]string // the names of tests by their reason and package
	failed string                         // what failed, in its own words
}

// event is one line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output, ImportPath string
}

func read(r io.Reader) (findings, error) {
	f := findings{left: map[string]map[string][]string{}}
	output := map[[2]string]string{} // by package and test
	for d := json.NewDecoder(r); ; {
		var e event
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return f, nil
		} else if err != nil {
			return f, fmt.Errorf("what go test -json wrote: %w", err)
		}
		switch e.Action {
		case "output":
			output[[2]string{e.Package, e.Test}] += e.Output
		case "build-output":
			f.failed += e.Output
		case "fail": // of a test, and then of its package, with the seed of its order
			f.failed += output[[2]string{e.Package, e.Test}]
		case "pass":
			if e.Test != "" && !strings.Contains(e.Test, "/") {
				f.passed++
			}
		case "skip":
			if e.Test != "" {
				f.leave(reason(output[[2]string{e.Package, e.Test}]), e.Package, e.Test)
			}
		}
	}
}

func (f *findings) leave(reason, pkg, test string) {
	if f.left[reason] == nil {
		f.left[reason] = map[string][]string{}
	}
	f.left[reason][pkg] = append(f.left[reason][pkg], test)
}

// reason is what a test that was skipped said: `    file_test.go:12: the reason`.
func reason(output string) string {
	for line := range strings.Lines(output) {
		if _, said, ok := strings.Cut(strings.TrimSpace(line), ".go:"); ok {
			_, said, _ = strings.Cut(said, ": ")
			return said
		}
	}
	return "no reason was given"
}

// text tells what was left out, the largest part first read: by reason, then by package.
func (f findings) text() string {
	var b strings.Builder
	total := 0
	for _, reason := range sorted(f.left) {
		fmt.Fprintf(&b, "\n%s:\n", reason)
		for _, pkg := range sorted(f.left[reason]) {
			tests := f.left[reason][pkg]
			slices.Sort(tests)
			total += len(tests)
			fmt.Fprintf(&b, "  %s: %s\n", strings.TrimPrefix(pkg, "github.com/webmunit/webmunit/"), strings.Join(tests, ", "))
		}
	}
	return fmt.Sprintf(`%s
%d tests passed, %d were left out, as said above. Nothing here ran in a browser, on a GPU, with the race detector or as WebAssembly:
"make test" does, and is the whole truth.
`, b.String(), f.passed, total)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
