package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/picture"
)

// expand lists the pictures that the arguments of --input name: a directory stands for the pictures right in it, and a pattern that
// the shell left alone (as Windows' does) for what it matches.
func expand(args []string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		more, err := expandOne(arg)
		if err != nil {
			return nil, err
		}
		paths = append(paths, more...)
	}
	return paths, nil
}

// checkPicture reads the head of a picture, so that what is wrong with it is known before anything is computed. Its sides must have least pixels.
func checkPicture(path string, least int) error {
	b, err := picture.Check(path)
	if err == nil && min(b.X, b.Y) < least {
		err = fmt.Errorf("%s: %w: %d×%d pixels, %d a side are needed", path, runtime.ErrTooSmall, b.X, b.Y, least)
	}
	return err
}

// badPicture is what is wrong with one picture among many: the others go on.
type badPicture struct{ error }

func (b badPicture) Unwrap() error { return b.error }

// badPictures collects them.
type badPictures struct {
	all []error
}

func (b *badPictures) add(stderr io.Writer, err error) {
	b.all = append(b.all, err)
	say(stderr, "skipped: %v", err)
}

// summary is the error at the end of a run that went on without them; nil if there were none.
func (b *badPictures) summary(of int) error {
	switch n := len(b.all); {
	case n == 0:
		return nil
	case of == 1:
		return b.all[0]
	default:
		return &fault{err: fmt.Errorf("%d of %s could not be read; the first: %w", n, count(of, "picture"), b.all[0]), code: exitFailed}
	}
}

func expandOne(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return picturesIn(arg)
	case err == nil:
		return []string{arg}, nil
	case !strings.ContainsAny(arg, "*?["):
		return nil, failed(fmt.Errorf("the input cannot be read: %w", err), "check the path; --input takes pictures, directories of pictures, and patterns")
	}
	matches, err := filepath.Glob(arg)
	if err != nil {
		return nil, fmt.Errorf("the pattern %s: %w", arg, err)
	}
	if len(matches) == 0 {
		return nil, failed(fmt.Errorf("no file matches %s", arg), "check the pattern")
	}
	return matches, nil
}

func picturesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("the input cannot be read: %w", err)
	}
	var paths []string
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".")
		if !e.IsDir() && !hidden && slices.Contains(picture.Extensions, strings.ToLower(filepath.Ext(e.Name()))) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, failed(fmt.Errorf("%s holds no pictures (%s)", dir, strings.Join(picture.Extensions, ", ")), "folders inside it are not searched")
	}
	return paths, nil
}

// input is a picture to translate and the name that its results get.
type input struct {
	path string
	name string
}

// maxName is how many bytes the name of a file may have on most systems.
const maxName = 255

// nameInputs gives each input the base name of its file, cut off where those of its results would be too long. Where several share one, the
// second becomes NAME-2 and so on; names are compared as file systems that ignore case do.
func nameInputs(paths []string, styles int) []input {
	room := maxName - len(input{}.result("", styles-1))
	taken := map[string]bool{}
	inputs := make([]input, len(paths))
	for i, path := range paths {
		base := filepath.Base(path)
		base = strings.TrimSuffix(base, filepath.Ext(base))
		name := cut(base, room)
		for n := 2; taken[strings.ToLower(name)]; n++ {
			number := fmt.Sprintf("-%d", n)
			name = cut(base, room-len(number)) + number
		}
		taken[strings.ToLower(name)] = true
		inputs[i] = input{path: path, name: name}
	}
	return inputs
}

// cut gives the first n bytes of s at most, and no part of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// result is the file of a style of an input.
func (in input) result(dir string, style int) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%03d.png", in.name, style))
}

// renamed tells whether the name differs from the file's.
func (in input) renamed() bool {
	base := filepath.Base(in.path)
	return in.name != strings.TrimSuffix(base, filepath.Ext(base))
}
