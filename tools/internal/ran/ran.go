// Package ran records which platforms tests have run on, in docs/platforms.json, and makes README's table of it. So no row is anybody's claim.
package ran

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/webmunit/webmunit/weights/replace"
)

// File names the variable that has the path of the record. Where it is not set, as in `make test`, nothing is recorded, so that a test run changes no
// file of the repository. `make test-all` sets it to a copy of docs/platforms.json, which it puts in its place when all tests have passed.
const File = "PLATFORMS"

// run is what the record has of a claim that its test has shown.
type run struct {
	With string `json:"with,omitempty"` // what it ran with: versions, vectors
	Day  string `json:"day"`
}

// Test starts the test of a claim. When the test has passed, the claim is recorded with what the returned function was last given, and
// when it has failed, the claim is taken out of the record.
func Test(t testing.TB, key string) (with func(string)) {
	t.Helper()
	if err := known(key); err != nil {
		t.Fatal(err)
	}
	said := ""
	t.Cleanup(func() {
		if t.Skipped() {
			return
		}
		if err := Record(key, said, !t.Failed()); err != nil {
			t.Error(err)
		}
	})
	return func(s string) { said = s }
}

// Record records that a claim was shown, with what, or that it was not.
func Record(key, with string, shown bool) error {
	path := os.Getenv(File)
	if path == "" {
		return nil
	}
	if err := known(key); err != nil {
		return err
	}
	// Tests of several packages run at once.
	lock := flock.New(filepath.Join(os.TempDir(), "webmunit-platforms.lock"))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("%s: %w", lock, err)
	}
	defer lock.Close()
	runs, err := read(path)
	if err != nil {
		return err
	}
	delete(runs, key)
	if shown {
		runs[key] = run{With: with, Day: time.Now().UTC().Format(time.DateOnly)}
	}
	text, err := json.MarshalIndent(runs, "", "  ")
	if err != nil {
		return err
	}
	return replace.File(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// read reads a record; one that is not there is empty.
func read(path string) (map[string]run, error) {
	runs := map[string]run{}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return runs, nil
	case err != nil:
		return nil, err
	}
	if err := json.Unmarshal(text, &runs); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for key := range runs {
		if err := known(key); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return runs, nil
}

// Known tells whether there is such a claim.
func Known(key string) bool {
	return slices.ContainsFunc(platforms, func(p platform) bool {
		return slices.ContainsFunc(p.claims, func(c claim) bool { return c.key == key })
	})
}

func known(key string) error {
	if Known(key) {
		return nil
	}
	return fmt.Errorf("%q is no claim about a platform: tools/internal/ran/table.go lists them", key)
}
