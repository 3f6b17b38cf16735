package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/eval"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/replace"
)

type tableFlags struct {
	data, output, config, rows string
	lpips, classifier, doc     string
	picture, seeds             string
	device                     string
	iterations, styles         int
	inputs, threads            int
	seedList                   []uint64
	sets                       []set
	base                       []byte
	exec                       graph.Executor
	scorer                     *eval.Scorer
	source                     string // of the classifier
	log                        io.Writer
}

// set is a data set, which has a table of its own, titled by its folder's name.
type set struct {
	name, dir string
	pairs     *eval.Pairs
}

// cell is a row of a set's table with one seed: a training and its scores.
type cell struct {
	row
	set  set
	seed uint64
}

func (c cell) String() string { return fmt.Sprintf("%s, %s, seed %d", c.set.name, c.title, c.seed) }

func tableVerb(flags *flag.FlagSet) func(context.Context, io.Writer) error {
	var f tableFlags
	flags.StringVar(&f.data, "data", "", "")
	flags.StringVar(&f.output, "output", "", "")
	flags.StringVar(&f.config, "config", "", "")
	flags.StringVar(&f.rows, "rows", "", "")
	flags.StringVar(&f.lpips, "lpips", "", "")
	flags.StringVar(&f.classifier, "classifier", "", "")
	flags.StringVar(&f.doc, "doc", filepath.Join("docs", "quality.md"), "")
	flags.StringVar(&f.picture, "picture", filepath.Join("docs", "images", "quality.png"), "")
	flags.StringVar(&f.device, "device", "auto", "")
	flags.StringVar(&f.seeds, "seeds", "1", "")
	flags.IntVar(&f.iterations, "iterations", 1000, "")
	flags.IntVar(&f.styles, "styles", 8, "")
	flags.IntVar(&f.inputs, "inputs", 100, "")
	flags.IntVar(&f.threads, "threads", 0, "")
	return func(ctx context.Context, log io.Writer) error {
		switch {
		case f.data == "" || f.output == "":
			return fmt.Errorf("%w: --data and --output are needed", errUse)
		case f.iterations < 1 || f.styles < 2 || f.inputs < 2:
			return fmt.Errorf("%w: --iterations must be 1 or more, --styles and --inputs 2 or more", errUse)
		}
		f.log = log
		return f.make(ctx)
	}
}

// make trains and scores what is not done yet, all sets and rows with one seed and then with the next, and writes the tables of what is.
func (f *tableFlags) make(ctx context.Context) (err error) {
	cells, err := f.cells()
	if err != nil {
		return err
	}
	if f.base, err = readConfig(f.config); err != nil {
		return err
	}
	device, err := runtime.ParseDevice(f.device)
	if err != nil {
		return fmt.Errorf("%w: %w", errUse, err)
	}
	if f.exec, _, err = runtime.Open(ctx, runtime.Options{Device: device, Threads: f.threads}); err != nil {
		return err
	}
	defer f.exec.Close()
	if err := f.openScorer(ctx); err != nil {
		return err
	}
	for _, c := range cells {
		if f.done(c) {
			fmt.Fprintf(f.log, "%s: done already\n", c)
			continue
		}
		if err := f.one(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		if err := f.write(); err != nil { // after each, so that a run that is stopped leaves what there is
			return err
		}
	}
	return f.write()
}

// cells are all that is to be made, in order. It reads the flags that name sets, rows and seeds.
func (f *tableFlags) cells() (all []cell, err error) {
	chosen, err := chooseRows(f.rows)
	if err != nil {
		return nil, err
	}
	for dir := range strings.SplitSeq(f.data, ",") {
		s := set{name: filepath.Base(dir), dir: dir}
		if slices.ContainsFunc(f.sets, func(other set) bool { return other.name == s.name }) {
			return nil, fmt.Errorf("%w: --data has two folders named %s: tables are named by them, so rename one", errUse, s.name)
		}
		if s.pairs, err = testPairs(dir, f.inputs); err != nil {
			return nil, err
		}
		f.sets = append(f.sets, s)
	}
	for text := range strings.SplitSeq(f.seeds, ",") {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: --seeds takes numbers with commas between, such as 1,2: %q", errUse, text)
		}
		f.seedList = append(f.seedList, seed)
		for _, s := range f.sets {
			for _, r := range chosen {
				all = append(all, cell{r, s, seed})
			}
		}
	}
	return all, nil
}

// testPairs are the n test pictures in dir, or as many as there are, that have several true ones.
func testPairs(dir string, n int) (*eval.Pairs, error) {
	all, err := eval.FindPairs(dir, weights.A2B)
	if err != nil {
		return nil, err
	}
	var paired []eval.Input
	for _, in := range all.Inputs {
		if len(in.Truths) > 1 {
			paired = append(paired, in)
		}
	}
	if n = min(n, len(paired)); n < 2 {
		return nil, fmt.Errorf("%s: the table takes test pictures with several true pictures each: go run ./tools/dataset wares makes them", dir)
	}
	some := make([]eval.Input, n)
	for i := range some {
		some[i] = paired[i*len(paired)/n]
	}
	all.Inputs = some
	return all, nil
}

// result is what is kept of a cell: its scores, and what they depend on.
type result struct {
	Iterations int          `json:"iterations"`
	Styles     int          `json:"styles"`
	Inputs     int          `json:"inputs"`
	Seed       uint64       `json:"seed"`
	Classifier string       `json:"classifier"`
	LPIPS      bool         `json:"lpips"`
	Config     string       `json:"config"`
	Scores     *eval.Scores `json:"scores"`
}

// What a cell's folder gets beside its training: its scores, and a test drawing with its outputs and true pictures.
const (
	resultName = "scores.json"
	shownName  = "shown.png"
)

func (f *tableFlags) folder(c cell) string {
	return filepath.Join(f.output, c.set.name, fmt.Sprintf("%s-%d", c.name, c.seed))
}

func (f *tableFlags) path(c cell, name string) string { return filepath.Join(f.folder(c), name) }

// read is the cell's result, or nil if there is none.
func (f *tableFlags) read(c cell) *result {
	file, err := os.ReadFile(f.path(c, resultName))
	var have result
	if err != nil || json.Unmarshal(file, &have) != nil || have.Scores == nil {
		return nil
	}
	return &have
}

// done tells whether the cell was scored with the same budget before.
func (f *tableFlags) done(c cell) bool {
	have := f.read(c)
	return have != nil && *have == f.result(c, have.Scores)
}

// result describes scores by this run's flags.
func (f *tableFlags) result(c cell, s *eval.Scores) result {
	to := result{Styles: f.styles, Inputs: len(c.set.pairs.Inputs), Seed: c.seed, Classifier: f.source, LPIPS: f.lpips != "", Scores: s}
	if c.trained {
		to.Iterations = f.iterations
		if _, text, err := c.training(f.base); err == nil {
			to.Config = string(text)
		}
	}
	return to
}

// one trains a cell, going on where an earlier run left off, and scores it.
func (f *tableFlags) one(ctx context.Context, c cell) error {
	config, text, err := c.training(f.base)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.folder(c), 0o755); err != nil {
		return err
	}
	if c.trained {
		if err := f.checkOutput(c, text); err != nil {
			return err
		}
		watch := newWatch(f.log, c.String())
		why, err := train.Run(ctx, f.exec, train.Options{Config: config, ConfigText: text, Data: c.set.dir, Output: f.folder(c), Resume: true,
			Seed: c.seed, Iterations: f.iterations, Keep: 1, Observe: watch})
		switch {
		case err != nil:
			return err
		case why != train.Finished:
			return fmt.Errorf("%s after %d iterations; the same command goes on", why, watch.iteration)
		}
	}
	scores, sheet, err := f.score(ctx, c, config)
	if err != nil {
		return err
	}
	if sheet != nil {
		if err := picture.WritePNG(f.path(c, shownName), sheet); err != nil {
			return err
		}
	}
	return replace.File(f.path(c, resultName), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(f.result(c, scores))
	})
}

// checkOutput refuses to go on with a training of another config or of more iterations.
func (f *tableFlags) checkOutput(c cell, config []byte) error {
	last, _, err := train.Last(f.path(c, train.CheckpointDir))
	switch {
	case err != nil || last == nil:
		return err
	case !bytes.Equal(last.Config, config):
		return fmt.Errorf("%s holds a training with another config; choose another --output", f.folder(c))
	case last.Iteration > f.iterations:
		return fmt.Errorf("%s holds a training of %d iterations already; choose another --output", f.folder(c), last.Iteration)
	}
	return nil
}
