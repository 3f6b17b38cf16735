// Package data feeds pictures to training: folders and lists of files, decoded ahead in the background, resized, cropped and flipped, in
// an order that depends on the seed and the iteration's number alone, so that a training that is resumed sees what it would have seen.
//
// What it exports may change with any version; runtime and weights are for other modules.
package data

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// ErrNoPictures is wrapped where a set has no picture, or none that can be read.
var ErrNoPictures = errors.New("no pictures")

// Folder lists the pictures in dir and its subfolders, by name.
func Folder(dir string) ([]string, error) {
	var paths []string
	root := filepath.Clean(dir) + string(filepath.Separator) // so that a link to a folder is followed
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") && path != root
		if d.IsDir() {
			if hidden {
				return filepath.SkipDir
			}
			return nil
		}
		if !hidden && slices.Contains(picture.Extensions, strings.ToLower(filepath.Ext(path))) {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the folder of pictures %s cannot be read: %w", dir, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%w in %s: put PNG, JPEG, WebP, GIF or BMP files there", ErrNoPictures, dir)
	}
	slices.Sort(paths)
	return paths, nil
}

// List reads names of pictures within dir, or absolute ones, from file, one a line; empty lines do not count.
func List(dir, file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the list of pictures cannot be read: %w", err)
	}
	defer f.Close()
	var paths []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name := filepath.FromSlash(strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")))
		switch {
		case name == "":
		case filepath.IsAbs(name):
			paths = append(paths, name)
		default:
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("the list of pictures %s cannot be read: %w", file, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%w: the list %s is empty", ErrNoPictures, file)
	}
	return paths, nil
}

// Paths lists the pictures of a training by its config: trainA, trainB, testA, testB, each in its folder in data_root, or, in a config without
// data_root, by its list file or its own folder. root, where it is not empty, takes the place of data_root; what a config without one names is
// looked for in it. Test sets may be missing, and are nil then.
func Paths(t nvlabs.Training, root string) (sets [4][]string, err error) {
	rooted := t.DataRoot != ""
	if root == "" {
		root = t.DataRoot
	}
	for i, l := range t.Lists {
		var paths []string
		switch {
		case rooted:
			paths, err = Folder(filepath.Join(root, nvlabs.ListNames[i]))
		case l.File != "":
			paths, err = List(within(root, l.Folder), within(root, l.File))
		case l.Folder != "":
			paths, err = Folder(within(root, l.Folder))
		default:
			paths, err = Folder(filepath.Join(root, nvlabs.ListNames[i]))
		}
		test := i >= 2
		if err != nil && !(test && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoPictures))) {
			return sets, err
		}
		sets[i] = paths
	}
	return sets, nil
}

// within is path as it stands if it is there, else within root: NVlabs' configs name folders from the place where training was started.
func within(root, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	if _, err := os.Stat(filepath.Join(root, path)); err == nil || path == "" {
		return filepath.Join(root, path)
	}
	return path
}
