package main

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/eval"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// openScorer opens the classifier, and LPIPS if its weights were given.
func (f *tableFlags) openScorer(ctx context.Context) error {
	open := func() (*eval.NetClassifier, error) { return eval.Shipped(ctx, f.exec) }
	if f.classifier != "" {
		open = func() (*eval.NetClassifier, error) { return eval.OpenClassifier(ctx, f.exec, f.classifier) }
	}
	classifier, err := open()
	if err != nil {
		return err
	}
	f.scorer, f.source = &eval.Scorer{Classifier: classifier}, classifier.Source()
	if f.lpips == "" {
		return nil
	}
	c, _, err := nvlabs.ParseTraining(f.base)
	if err != nil {
		return err
	}
	side, _ := c.Crop()
	l, err := eval.OpenLPIPS(ctx, f.exec, f.lpips, side)
	if err != nil {
		return fmt.Errorf("%w; %s", err, eval.LPIPSHint)
	}
	f.scorer.LPIPS = l
	return nil
}

// score draws with the cell's averaged generators, or takes true pictures.
func (f *tableFlags) score(ctx context.Context, of cell, c nvlabs.Training) (*eval.Scores, image.Image, error) {
	h, w := c.Crop()
	if !of.trained {
		scores, err := f.scoreReal(ctx, of.set, h, w, c.Model.InputDimB)
		return scores, nil, err
	}
	checkpoint, _, err := train.Last(f.path(of, train.CheckpointDir))
	if err != nil || checkpoint == nil {
		return nil, nil, errors.Join(err, errors.New("the training left no checkpoint"))
	}
	graphs := eval.Method(net.Methods[c.Trainer], c.Model, weights.A2B, h, w)
	if c.Trainer == nvlabs.MUNIT {
		graphs = eval.Model(c.Model, weights.A2B, h, w, f.styles)
	}
	g, err := eval.NewGenerator(ctx, f.exec, checkpoint.Averaged(), graphs)
	if err != nil {
		return nil, nil, err
	}
	defer g.Close()
	t := eval.Trial{Generator: g, Pairs: of.set.pairs, Height: h, Width: w, From: c.Model.InputDimA, To: c.Model.InputDimB, Rows: 1, Styles: f.styles}
	t.Style = func(i int) []float32 { return runtime.RandomStyle(of.seed, i, g.Noise().Elems()) }
	bar := progress(f.log, "scoring "+of.String())
	t.Step = func(_, inputs int) {
		bar.ChangeMax(inputs)
		_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
	}
	return t.Run(ctx, f.scorer)
}

// scoreReal has every other true picture stand for outputs: what a perfect model would score.
func (f *tableFlags) scoreReal(ctx context.Context, of set, h, w, channels int) (*eval.Scores, error) {
	scoring := f.scorer.Begin()
	for _, in := range of.pairs.Inputs {
		var sample eval.Sample
		for _, path := range in.Truths {
			p, err := eval.Read(ctx, path, h, w, channels)
			if err != nil {
				return nil, err
			}
			sample.Truths = append(sample.Truths, p)
		}
		sample, _ = sample.Real()
		if err := scoring.Add(ctx, sample); err != nil {
			return nil, err
		}
	}
	return scoring.Scores()
}
