package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

type trainFlags struct {
	config, data, output      string
	start, device             string
	resume                    bool
	seed                      uint64
	iterations, keep, threads int
	minutes, saveMinutes      float64
	domainA, domainB          string
	license, source           string
}

const trainExample = "munit train --config config.yaml --data pictures --output out"

func trainCommand() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train --config CONFIG.yaml --data DIR --output DIR",
		Short: "Train a model on two folders of pictures",
		Long: `Train learns to translate between two kinds of pictures, of which no pairs are needed: DIR/trainA and DIR/trainB hold PNG, JPEG or WebP
files, DIR/testA and DIR/testB (if they are there) pictures to show on sheets. NVlabs' YAML files work as they are, also those that name
folders and lists of files (data_folder_train_a, data_list_train_a and so on); keys of our own are ema (0.999; 0 switches averaging of the
generators off), vgg_weights, and trainer (MUNIT, or UNIT, CycleGAN, CycleGANNoise, BicycleGAN); docs/training.md
has those of single methods.

Into the output folder go
  model.munit.safetensors  the model so far, ready for munit translate
  losses.csv, losses.png   the losses, as a table and drawn
  sheet-a2b.png, ...       test pictures in six styles; sheets/ keeps one now and then
  checkpoints/             what --resume goes on from; the last three are kept

Ctrl-C saves and ends. Whatever else happens, a power cut too, the last checkpoint stays whole, and --resume goes on from it: on the CPU
to the very bits that a training without interruption gives.`,
		Example: `  ` + trainExample + `

  # an hour, and another
  munit train --config config.yaml --data pictures --output out --minutes 60
  munit train --config config.yaml --data pictures --output out --minutes 60 --resume

  # see what comes out
  munit translate --model out/model.munit.safetensors --input pictures/testA --output translated --styles 6`,
		Args: noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return trainModel(cmd.Context(), f, again(cmd, "resume"), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.config, "config", "", "YAML config of the training")
	flags.StringVar(&f.data, "data", "", "folder of the pictures (default: the config's data_root)")
	flags.StringVar(&f.output, "output", "", "folder to write into")
	flags.BoolVar(&f.resume, "resume", false, "go on from the last checkpoint in the output folder")
	flags.StringVar(&f.start, "start", "", "model file as which the generators start, such as one trained on smaller pictures; the discriminators start anew")
	flags.StringVar(&f.device, "device", "auto", "auto, gpu or cpu")
	flags.Float64Var(&f.minutes, "minutes", 0, "stop after so many minutes, and save (0: no limit)")
	flags.IntVar(&f.iterations, "iterations", 0, "iterations that the training has in the end (0: the config's max_iter)")
	flags.Uint64Var(&f.seed, "seed", 1, "of weights, styles and the order of pictures; a resumed training keeps its own")
	flags.Float64Var(&f.saveMinutes, "save-minutes", 10, "save at least so often, besides snapshot_save_iter (0: no)")
	flags.IntVar(&f.keep, "keep", 3, "checkpoints to keep")
	flags.IntVar(&f.threads, "threads", 0, "threads of the CPU (0: all)")
	flags.StringVar(&f.domainA, "domain-a", "a", "name of domain a in the model, for people")
	flags.StringVar(&f.domainB, "domain-b", "b", "name of domain b")
	flags.StringVar(&f.license, "license", "", "licence of the model")
	flags.StringVar(&f.source, "source", "trained with munit train", "where the model is from")
	return cmd
}

func (f trainFlags) check() error {
	switch {
	case f.config == "":
		return required("config", "the YAML file that says what to train", trainExample)
	case f.output == "":
		return required("output", "the folder to write into", trainExample)
	case f.minutes < 0 || f.saveMinutes < 0:
		return wrongUse("0 sets no limit", "--minutes and --save-minutes cannot be negative")
	case f.iterations < 0:
		return wrongUse("0 takes the config's max_iter", "--iterations cannot be negative")
	case f.keep < 1:
		return wrongUse("3 is usual", "--keep must be at least 1")
	}
	return nil
}

// trainModel runs the verb; goOn is the command that goes on with the training.
func trainModel(ctx context.Context, f trainFlags, goOn string, stderr io.Writer) error {
	if err := f.check(); err != nil {
		return err
	}
	device, err := runtime.ParseDevice(f.device)
	if err != nil {
		return wrongUse("auto is a GPU if there is a real one", "--%s", err)
	}
	o, warnings, err := f.options()
	if err != nil {
		return err
	}
	progress := &trainProgress{w: stderr}
	defer progress.stop()
	o.Observe = progress
	for _, w := range warnings {
		progress.Note("%s", w)
	}
	exec, reason, err := runtime.Open(ctx, runtime.Options{Device: device, Threads: f.threads})
	if err != nil {
		return err
	}
	defer exec.Close()
	say(stderr, "%s", chosen(exec.Info(), reason))
	why, err := train.Run(ctx, exec, o)
	progress.stop()
	switch {
	case errors.Is(err, train.ErrOccupied):
		return failed(err, "add --resume to go on with it, or choose another folder")
	case errors.Is(err, train.ErrInUse):
		return failed(err, "wait until it is done, or choose another folder")
	case errors.Is(err, train.ErrOther):
		return failed(err, "go on with the config that it was begun with (config.yaml in the output folder), or choose another folder")
	case errors.Is(err, train.ErrStart):
		return failed(err, "--start takes a model of the same gen keys; `munit info` tells a model's")
	case errors.Is(err, train.ErrDiverged):
		return failed(err, "lower lr, then go on from it with --resume; if it happens again, look at the pictures and at the losses in losses.csv")
	case err != nil:
		return err
	}
	left := "the model is " + filepath.Join(f.output, train.ModelName)
	if o.Config.Trainer != nvlabs.MUNIT {
		left = "checkpoints and sheets are in " + f.output
	}
	say(stderr, "%s after %s; %s", why, count(progress.iteration, "iteration"), left)
	if why != train.Finished {
		say(stderr, "to go on: %s", goOn)
	}
	return nil
}

func (f trainFlags) options() (o train.Options, warnings []string, err error) {
	text, err := readConfig(f.config, "--config is a YAML file such as NVlabs' MUNIT has in its configs folder")
	if err != nil {
		return o, nil, err
	}
	c, warnings, err := nvlabs.ParseTraining(text)
	if err != nil {
		return o, nil, failed(fmt.Errorf("%s: %w", f.config, err), "change the key in the config")
	}
	var start *weights.Model
	if f.start != "" {
		if start, err = openModel(f.start); err != nil {
			return o, nil, err
		}
	}
	minutes := func(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
	return train.Options{
		Config: c, ConfigText: text, Data: f.data, Output: f.output, Resume: f.resume, Start: start, Seed: f.seed, Iterations: f.iterations,
		Limit: minutes(f.minutes), Keep: f.keep, SaveEvery: minutes(f.saveMinutes),
		About: weights.Model{DomainA: f.domainA, DomainB: f.domainB, License: f.license, Source: f.source},
	}, warnings, nil
}
