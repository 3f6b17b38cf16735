package main

import (
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights/replace"
)

// path is a picture's file: the number i of a set such as "trainA", with a suffix such as "_1" or none.
func (o options) path(set string, i int, suffix string) string {
	return filepath.Join(o.output, set, fmt.Sprintf("%05d%s.png", i, suffix))
}

func (o options) folders(sets ...string) error {
	for _, set := range sets {
		if err := os.MkdirAll(filepath.Join(o.output, set), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (o options) progress(what string, n int) *progressbar.ProgressBar {
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(o.log), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(o.log) }))
}

// upTo are the numbers from 0 of n pictures.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// random is the source of all that is chosen for picture i of a set: the same whatever was made before it.
func random(set string, i int) *rand.Rand {
	var seed [32]byte
	copy(seed[:], fmt.Sprintf("%s/%d", set, i))
	return rand.New(rand.NewChaCha8(seed))
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// finish writes the credits and a sheet of test pairs: pictures of testA, of which tests are the numbers, with those that belong to them.
func (o options) finish(credits string, tests []int, beside func(i int) []string) error {
	err := replace.File(filepath.Join(o.output, "CREDITS.md"), func(w io.Writer) error {
		_, err := io.WriteString(w, credits)
		return err
	})
	if err != nil || len(tests) == 0 {
		return err
	}
	rows := min(len(tests), 12)
	sheet, err := picture.NewSheet(rows, len(beside(tests[0])))
	if err != nil {
		return err
	}
	for row := range rows {
		i := tests[row*len(tests)/rows]
		for column, path := range append([]string{o.path("testA", i, "")}, beside(i)...) {
			m, err := picture.Open(path)
			if err != nil {
				return err
			}
			sheet.Set(row, column, m)
		}
	}
	var m image.Image = sheet.Image()
	return picture.WritePNG(filepath.Join(o.output, "sheet.png"), m)
}
