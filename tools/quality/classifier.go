package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/eval"
)

type classifierFlags struct {
	data, output string
	rounds       int
	seed         uint64
}

// tested is one of how many labelled pictures are kept from training, to tell how good the classifier is.
const tested = 10

func classifierVerb(flags *flag.FlagSet) func(context.Context, io.Writer) error {
	var f classifierFlags
	flags.StringVar(&f.data, "data", "", "")
	flags.StringVar(&f.output, "output", filepath.Join("runtime", "eval", "wares.classifier.safetensors"), "")
	flags.IntVar(&f.rounds, "rounds", 30, "")
	flags.Uint64Var(&f.seed, "seed", 1, "")
	return func(ctx context.Context, log io.Writer) error {
		if f.data == "" || f.rounds < 1 {
			return fmt.Errorf("%w: --data is needed, and --rounds of 1 or more", errUse)
		}
		return f.train(ctx, log)
	}
}

func (f classifierFlags) train(ctx context.Context, log io.Writer) error {
	labels, lessons, err := readLessons(ctx, f.data)
	if err != nil {
		return err
	}
	exec := cpu.New(cpu.Options{})
	defer exec.Close()
	kept := lessons[:len(lessons)/tested]
	lessons = lessons[len(kept):]
	l, err := eval.NewLearner(ctx, exec, eval.Recipe{
		Labels: labels, Rounds: f.rounds, Batch: 32, Rate: 2e-3, Seed: f.seed,
		Source: fmt.Sprintf("trained on %d pictures of the %s data set by tools/quality: --rounds %d --seed %d", len(lessons), filepath.Base(f.data), f.rounds, f.seed),
	})
	if err != nil {
		return err
	}
	defer l.Close()
	bar := progress(log, "classifier")
	err = l.Learn(ctx, exec, lessons, func(done, all int, loss float64) {
		bar.ChangeMax(all)
		bar.Describe(fmt.Sprintf("classifier, loss %.4f", loss))
		_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
	})
	if err != nil {
		return err
	}
	if err := l.Write(ctx, f.output); err != nil {
		return err
	}
	c, err := eval.OpenClassifier(ctx, exec, f.output)
	if err != nil {
		return err
	}
	defer c.Close()
	right, err := accuracy(ctx, c, kept)
	if err != nil {
		return err
	}
	for i, label := range labels {
		fmt.Fprintf(log, "%s: right for %.1f %% of %d pictures kept from training, of %d classes\n", label.Name, 100*right[i], len(kept), len(label.Classes))
	}
	return nil
}

// accuracy is the share of lessons that c knows, of each label.
func accuracy(ctx context.Context, c *eval.NetClassifier, lessons []eval.Lesson) ([]float64, error) {
	right := make([]float64, len(c.Labels()))
	for _, lesson := range lessons {
		_, classes, err := c.Classify(ctx, lesson.Picture)
		if err != nil {
			return nil, err
		}
		likeliest := slices.Index(classes, slices.Max(classes))
		for i, label := range c.Labels() { // the first label's classes vary fastest
			if likeliest%len(label.Classes) == lesson.Classes[i] {
				right[i] += 1 / float64(len(lessons))
			}
			likeliest /= len(label.Classes)
		}
	}
	return right, nil
}

// readLessons reads labels.csv: a line per picture with its file, and a column for each label.
func readLessons(ctx context.Context, dir string) (labels eval.Labels, lessons []eval.Lesson, err error) {
	f, err := os.Open(filepath.Join(dir, "labels.csv"))
	if err != nil {
		return nil, nil, fmt.Errorf("%w; go run ./tools/dataset wares --output %s makes it", err, dir)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(lines) < 2*tested || len(lines[0]) < 2 {
		return nil, nil, errors.New("labels.csv has too few lines or columns to learn from")
	}
	for column, name := range lines[0][1:] {
		var classes []string
		for _, line := range lines[1:] {
			classes = append(classes, line[column+1])
		}
		slices.Sort(classes)
		labels = append(labels, eval.Label{Name: name, Classes: slices.Compact(classes)})
	}
	for _, line := range lines[1:] {
		p, err := eval.Read(ctx, filepath.Join(dir, filepath.FromSlash(line[0])), eval.Side, eval.Side, 3)
		if err != nil {
			return nil, nil, err
		}
		lesson := eval.Lesson{Picture: p}
		for column, label := range labels {
			lesson.Classes = append(lesson.Classes, slices.Index(label.Classes, line[column+1]))
		}
		lessons = append(lessons, lesson)
	}
	return labels, lessons, nil
}
