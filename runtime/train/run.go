package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
	"github.com/webmunit/webmunit/weights/replace"
)

// Options are Run's.
type Options struct {
	Config     nvlabs.Training
	ConfigText []byte // the YAML that Config was read from; checkpoints carry it
	Data       string // folder of the pictures; "" takes the config's data_root
	Output     string // folder of what Run writes
	Resume     bool   // go on from the last checkpoint in Output, if there is one
	// Start is a model of the same network, both directions, as which the generators start; nil: they start from nothing. A training that is resumed
	// goes on as it is.
	Start      *weights.Model
	Seed       uint64 // of weights, styles and the order of pictures; a resumed training keeps its own
	Iterations int    // how many the training should have in the end; 0: max_iter
	Limit      time.Duration
	Keep       int           // checkpoints; 0: 3
	SaveEvery  time.Duration // a checkpoint is written at least as often; 0: snapshot_save_iter alone decides
	About      weights.Model // domain names, licence and source of the model; the rest is ignored
	Observe    Observer
}

// Observer is told how a training goes. Its methods are called from Run's goroutine, Stopping from any.
type Observer interface {
	// Started comes once: from where to where, and what the updates hold on the device.
	Started(from, to int, pictures [2]int, memory graph.Memory)
	// Stepped comes after each iteration; losses has all terms where they are logged, else the totals.
	Stepped(iteration int, losses Losses)
	// Stopping comes when ctx has ended: the iteration at hand is finished and saved.
	Stopping()
	// Note is one line that a person should see.
	Note(format string, args ...any)
}

// Names of what Run writes into Output.
const (
	ModelName     = "model.munit.safetensors"
	CheckpointDir = "checkpoints"
	sheetDir      = "sheets"
	configName    = "config.yaml"
	logName       = "losses.csv"
	plotName      = "losses.png"
	lockName      = ".training.lock" // empty; who trains into the folder holds a lock on it, which ends with the process
)

// ErrOccupied is wrapped when Output holds a training already and Resume was not asked for.
var ErrOccupied = errors.New("the output folder holds a training already")

// ErrOther is wrapped when the checkpoint to go on from is of a config that this one cannot go on from.
var ErrOther = errors.New("the training cannot go on with another config")

// ErrInUse is wrapped when another training writes into Output.
var ErrInUse = errors.New("another training is writing into the output folder")

// Stopped says why a training that went well is over.
type Stopped string

// Reasons.
const (
	Finished    Stopped = "all iterations are done"
	TimeIsUp    Stopped = "the time is up"
	Interrupted Stopped = "interrupted"
)

// Run trains until all iterations are done, the time is up or ctx ends; then, and at intervals before, it writes a checkpoint, the model and
// sheets. The error wraps ErrDiverged where a loss or weight is no longer finite: the last checkpoint is from before.
func Run(ctx context.Context, exec graph.Executor, o Options) (Stopped, error) {
	r, err := prepare(ctx, exec, &o)
	if err != nil {
		return "", err
	}
	defer r.close()
	stop := context.AfterFunc(ctx, func() { o.Observe.Stopping() })
	defer stop()
	return r.loop(ctx)
}

// loop trains. What is written is written even when ctx has ended: that is how an interrupted training is saved.
func (r *run) loop(ctx context.Context) (why Stopped, err error) {
	lasting := context.WithoutCancel(ctx)
	c, began := r.Config, time.Now()
	saved, savedAt := r.trainer.Iteration(), time.Now()
	for why == "" {
		switch it := r.trainer.Iteration(); {
		case ctx.Err() != nil:
			why = Interrupted
			continue
		case it >= r.Iterations:
			why = Finished
			continue
		case r.Limit > 0 && time.Since(began) >= r.Limit:
			why = TimeIsUp
			continue
		}
		it := r.trainer.Iteration() + 1
		logged := it%c.LogIter == 0 || it == r.Iterations
		losses, err := r.step(ctx, logged)
		if errors.Is(err, context.Canceled) {
			continue
		}
		if err != nil {
			return "", r.explain(err)
		}
		r.Observe.Stepped(it, losses)
		if logged {
			if err := r.log.add(it, c.Rate(it-1), losses); err != nil {
				return "", err
			}
		}
		if it%c.SnapshotSaveIter == 0 || r.SaveEvery > 0 && time.Since(savedAt) >= r.SaveEvery {
			if err := r.save(lasting); err != nil {
				return "", r.explain(err)
			}
			saved, savedAt = it, time.Now()
		}
		if it%c.ImageDisplayIter == 0 || it%c.ImageSaveIter == 0 {
			if err := r.draw(lasting, it%c.ImageSaveIter == 0); err != nil {
				return "", err
			}
		}
	}
	if saved == r.trainer.Iteration() && saved > 0 {
		return why, nil
	}
	if err := r.save(lasting); err != nil {
		return "", r.explain(err)
	}
	return why, r.draw(lasting, true)
}

// step is one iteration on the next batch.
func (r *run) step(ctx context.Context, terms bool) (Losses, error) {
	var b Batch
	for i, f := range r.feeds {
		var err error
		if b.Pictures[i], err = f.Next(ctx); err != nil {
			return nil, err
		}
		r.reportBad(i)
	}
	b.drawStyles(r.Seed, r.trainer.Iteration(), r.trainer.noise())
	return r.trainer.Step(ctx, b, terms)
}

// reportBad names the pictures of a domain that could not be read, each once.
func (r *run) reportBad(domain int) {
	if r.feeds[domain].Bad.Count() == r.badSeen[domain] {
		return
	}
	bad := r.feeds[domain].Bad.All()
	for path, err := range bad {
		if !r.badNamed[path] {
			r.badNamed[path] = true
			r.Observe.Note("skipped: %v (%d of %d in train%c)", err, len(bad), r.feeds[domain].Len(), "AB"[domain])
		}
	}
	r.badSeen[domain] = len(bad)
}

// save writes a checkpoint and the model, then removes old checkpoints. A kill in between leaves the last checkpoint whole.
func (r *run) save(ctx context.Context) error {
	c, err := r.trainer.Checkpoint(ctx)
	if err != nil {
		return err
	}
	c.Seed, c.Config = r.Seed, r.ConfigText
	dir := r.path(CheckpointDir)
	if err := c.Write(dir); err != nil {
		return fmt.Errorf("the checkpoint: %w", err)
	}
	m, err := c.Model(r.Config.Model)
	if err != nil {
		return err
	}
	m.DomainA, m.DomainB, m.License, m.Source = r.About.DomainA, r.About.DomainB, r.About.License, r.About.Source
	if err := m.WriteFile(r.path(ModelName)); err != nil {
		return err
	}
	if err := plotLosses(r.path(plotName), r.log); err != nil {
		return fmt.Errorf("the plot of losses: %w", err)
	}
	return prune(dir, r.Keep)
}

// draw writes the current sheets, and copies that stay if asked to.
func (r *run) draw(ctx context.Context, keep bool) error {
	names := []func(weights.Direction) string{func(d weights.Direction) string { return r.path("sheet-" + string(d) + ".png") }}
	if keep {
		names = append(names, func(d weights.Direction) string {
			return r.path(sheetDir, fmt.Sprintf("%0*d-%s.png", nameDigits, r.trainer.Iteration(), d))
		})
	}
	return r.samples.write(ctx, names)
}

// explain adds to an error of diverged training what is left.
func (r *run) explain(err error) error {
	if !errors.Is(err, ErrDiverged) {
		return err
	}
	paths, _ := Checkpoints(r.path(CheckpointDir))
	if len(paths) == 0 {
		return fmt.Errorf("%w; there is no checkpoint yet", err)
	}
	return fmt.Errorf("%w; the last good checkpoint is %s", err, paths[len(paths)-1])
}

func (r *run) path(parts ...string) string {
	return filepath.Join(append([]string{r.Output}, parts...)...)
}

// writeConfig puts the config beside what is trained by it.
func (r *run) writeConfig() error {
	if old, err := os.ReadFile(r.path(configName)); err == nil && bytes.Equal(old, r.ConfigText) {
		return nil
	}
	return replace.File(r.path(configName), func(w io.Writer) error {
		_, err := w.Write(r.ConfigText)
		return err
	})
}
