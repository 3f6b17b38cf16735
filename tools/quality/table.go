package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	device                     string
	iterations, styles         int
	inputs, threads            int
	seed                       uint64
	pairs                      *eval.Pairs
	base                       []byte
	exec                       graph.Executor
	scorer                     *eval.Scorer
	source                     string // of the classifier
	log                        io.Writer
}

func tableVerb(flags *flag.FlagSet) func(context.Context, io.Writer) error {
	var f tableFlags
	flags.StringVar(&f.data, "data", "", "")
	flags.StringVar(&f.output, "output", "", "")
	flags.StringVar(&f.config, "config", "", "")
	flags.StringVar(&f.rows, "rows", "", "")
	flags.StringVar(&f.lpips, "lpips", "", "")
	flags.StringVar(&f.classifier, "classifier", "", "")
	flags.StringVar(&f.doc, "doc", filepath.Join("docs", "quality.md"), "")
	flags.StringVar(&f.device, "device", "auto", "")
	flags.IntVar(&f.iterations, "iterations", 1000, "")
	flags.IntVar(&f.styles, "styles", 8, "")
	flags.IntVar(&f.inputs, "inputs", 100, "")
	flags.IntVar(&f.threads, "threads", 0, "")
	flags.Uint64Var(&f.seed, "seed", 1, "")
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

// make trains and scores the chosen rows that are not done yet, and writes the table of all that are.
func (f *tableFlags) make(ctx context.Context) (err error) {
	chosen, err := chooseRows(f.rows)
	if err != nil {
		return err
	}
	if f.base, err = readConfig(f.config); err != nil {
		return err
	}
	if f.pairs, err = f.testPairs(); err != nil {
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
	for _, r := range chosen {
		if f.done(r) {
			fmt.Fprintf(f.log, "%s: done already\n", r.title)
			continue
		}
		if err := f.one(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.title, err)
		}
		if err := f.write(); err != nil { // after each row, so that a run that is stopped leaves what there is
			return err
		}
	}
	return f.write()
}

// testPairs are the test pictures that have true ones, as many as asked for.
func (f *tableFlags) testPairs() (*eval.Pairs, error) {
	all, err := eval.FindPairs(f.data, weights.A2B)
	if err != nil {
		return nil, err
	}
	var paired []eval.Input
	for _, in := range all.Inputs {
		if len(in.Truths) > 1 {
			paired = append(paired, in)
		}
	}
	n := min(f.inputs, len(paired))
	if n < 2 {
		return nil, errors.New("the table takes test pictures with several true pictures each: go run ./tools/dataset avatars makes them")
	}
	some := make([]eval.Input, n)
	for i := range some {
		some[i] = paired[i*len(paired)/n]
	}
	all.Inputs = some
	return all, nil
}

// result is what is kept of a row: its scores, and what they depend on.
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

const resultName = "scores.json"

func (f *tableFlags) path(r row, name string) string { return filepath.Join(f.output, r.name, name) }

// read is the row's result, or nil if there is none.
func (f *tableFlags) read(r row) *result {
	file, err := os.ReadFile(f.path(r, resultName))
	var have result
	if err != nil || json.Unmarshal(file, &have) != nil || have.Scores == nil {
		return nil
	}
	return &have
}

// done tells whether the row was scored with the same budget before.
func (f *tableFlags) done(r row) bool {
	have := f.read(r)
	return have != nil && *have == f.result(r, have.Scores)
}

// result describes scores by this run's flags.
func (f *tableFlags) result(r row, s *eval.Scores) result {
	to := result{Styles: f.styles, Inputs: len(f.pairs.Inputs), Seed: f.seed, Classifier: f.source, LPIPS: f.lpips != "", Scores: s}
	if r.trained {
		to.Iterations = f.iterations
		if _, text, err := r.training(f.base); err == nil {
			to.Config = string(text)
		}
	}
	return to
}

// one trains a row, going on where an earlier run left off, and scores it.
func (f *tableFlags) one(ctx context.Context, r row) error {
	c, text, err := r.training(f.base)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(f.output, r.name), 0o755); err != nil {
		return err
	}
	if r.trained {
		if err := f.checkOutput(r, text); err != nil {
			return err
		}
		watch := newWatch(f.log, r.title)
		why, err := train.Run(ctx, f.exec, train.Options{Config: c, ConfigText: text, Data: f.data, Output: filepath.Join(f.output, r.name), Resume: true,
			Seed: f.seed, Iterations: f.iterations, Keep: 1, Observe: watch})
		switch {
		case err != nil:
			return err
		case why != train.Finished:
			return fmt.Errorf("%s after %d iterations; the same command goes on", why, watch.iteration)
		}
	}
	scores, sheet, err := f.score(ctx, r, c)
	if err != nil {
		return err
	}
	if sheet != nil {
		if err := picture.WritePNG(f.path(r, "scored.png"), sheet); err != nil {
			return err
		}
	}
	return replace.File(f.path(r, resultName), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(f.result(r, scores))
	})
}

// checkOutput refuses to go on with a training of another config or of more iterations.
func (f *tableFlags) checkOutput(r row, config []byte) error {
	last, _, err := train.Last(f.path(r, train.CheckpointDir))
	switch {
	case err != nil || last == nil:
		return err
	case !bytes.Equal(last.Config, config):
		return fmt.Errorf("%s holds a training with another config; choose another --output", filepath.Join(f.output, r.name))
	case last.Iteration > f.iterations:
		return fmt.Errorf("%s holds a training of %d iterations already; choose another --output", filepath.Join(f.output, r.name), last.Iteration)
	case last.Seed != f.seed:
		return fmt.Errorf("%s holds a training of seed %d; choose another --output", filepath.Join(f.output, r.name), last.Seed)
	}
	return nil
}
