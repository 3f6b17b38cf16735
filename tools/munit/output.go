package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/weights/replace"
)

// outputs are the directories that a run writes to. They are made and tried before anything is computed, and taken away again if
// the run ends with nothing in them.
type outputs struct{ made []string }

// prepare makes dir with its parents and tries to write in it.
func (o *outputs) prepare(dir string) error {
	var missing []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		missing = append(missing, d)
	}
	hint := "choose a directory that can be written to"
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return failed(fmt.Errorf("the output directory cannot be made: %w", err), hint)
	}
	o.made = append(missing, o.made...)
	replace.Sweep(dir)
	if err := replace.Probe(dir); err != nil {
		return failed(fmt.Errorf("the output directory cannot be written to: %w", err), hint)
	}
	return nil
}

// tidy removes those directories that prepare made and that are still empty.
func (o *outputs) tidy() {
	for _, dir := range o.made {
		os.Remove(dir) // fails, as it should, where there is something in it
	}
}

// prepareFile prepares the directory of a file to be written.
func (o *outputs) prepareFile(path string) error {
	if isFolder(path) {
		return failed(fmt.Errorf("%s is a directory, and a file is to be written there", path), "choose another name")
	}
	return o.prepare(filepath.Dir(path))
}

// spare refuses targets that are files which the run reads. Links need no care: a target is renamed into place, so that only the name
// it had is lost.
func spare(targets, sources []string) error {
	named := map[string][]os.FileInfo{} // sources by base name, as file systems that ignore case see it
	key := func(path string) string { return strings.ToLower(filepath.Base(path)) }
	for _, path := range sources {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue // what cannot be read is for others to complain about
		}
		if info, err := os.Stat(real); err == nil {
			named[key(real)] = append(named[key(real)], info)
		}
	}
	for _, target := range targets {
		for _, source := range named[key(target)] {
			if info, err := os.Stat(target); err == nil && os.SameFile(info, source) {
				return failed(fmt.Errorf("%s is read by this run and would be written over", target), "choose another output")
			}
		}
	}
	return nil
}
