package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/train/data"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
	"github.com/webmunit/webmunit/weights/replace"
)

// run is a training under way.
type run struct {
	*Options
	trainer  *Trainer
	feeds    []*data.Feed
	samples  *sampler
	log      *lossLog
	badSeen  [2]int // pictures of each domain that could not be read, as far as reported
	badNamed map[string]bool
	lock     *flock.Flock // on the output folder
}

// prepare does all that can fail for reasons that a person can mend, before anything is computed.
func prepare(ctx context.Context, exec graph.Executor, o *Options) (r *run, err error) {
	if o.Keep == 0 {
		o.Keep = 3
	}
	if o.Iterations == 0 {
		o.Iterations = o.Config.MaxIter
	}
	r = &run{Options: o, badNamed: map[string]bool{}}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	sets, err := data.Paths(o.Config, o.Data)
	if err != nil {
		return r, err
	}
	if err := checkPairs(o.Config, sets); err != nil {
		return r, err
	}
	if err := r.openOutput(); err != nil {
		return r, err
	}
	last, err := r.last()
	if err != nil {
		return r, err
	}
	changes := r.changes(last)
	for _, c := range changes {
		if c.Network() {
			return r, fmt.Errorf("%w: %s is %s in the config, and the checkpoint was made with %s", ErrOther, c.Key, c.New, c.Old)
		}
	}
	if err := r.newTrainer(ctx, exec, last); err != nil {
		return r, err
	}
	from := r.trainer.Iteration()
	if r.log, err = openLog(r.path(logName), from); err != nil {
		return r, err
	}
	for _, c := range changes {
		if c.Losses() && r.log.columns != nil {
			return r, fmt.Errorf("%w: %s is %s in the config, and the checkpoint was made with %s, so that %s has other columns; it can go on if that is moved away",
				ErrOther, c.Key, c.New, c.Old, logName)
		}
		o.Observe.Note("%s is %s from now on (it was %s)", c.Key, c.New, c.Old)
	}
	if err := r.writeConfig(); err != nil {
		return r, err
	}
	if err := r.openData(ctx, sets, from); err != nil {
		return r, err
	}
	o.Observe.Started(from, o.Iterations, [2]int{len(sets[0]), len(sets[1])}, r.trainer.Memory())
	return r, nil
}

// openOutput makes the output folder this training's own, and takes away what killed ones left of their files.
func (r *run) openOutput() error {
	for _, dir := range []string{r.path(CheckpointDir), r.path(sheetDir)} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("the output folder cannot be made: %w", err)
		}
	}
	r.lock = flock.New(r.path(lockName), flock.SetPermissions(0o666))
	switch own, err := r.lock.TryLock(); {
	case err != nil: // some network file systems know no locks
		r.Observe.Note("the output folder cannot be locked, so see that no other training writes into it (%v)", err)
	case !own:
		return fmt.Errorf("%w: %s", ErrInUse, r.Output)
	}
	for _, dir := range []string{r.Output, r.path(CheckpointDir), r.path(sheetDir)} {
		replace.Sweep(dir)
	}
	return nil
}

// checkPairs refuses training pictures that do not belong together by their names, where the method needs pairs.
func checkPairs(c nvlabs.Training, sets [4][]string) error {
	if !net.Methods[c.Trainer].Paired() {
		return nil
	}
	if len(sets[0]) != len(sets[1]) {
		return fmt.Errorf("%s learns from pairs, and there are %d and %d training pictures", c.Trainer, len(sets[0]), len(sets[1]))
	}
	for i, a := range sets[0] {
		if b := sets[1][i]; filepath.Base(a) != filepath.Base(b) {
			return fmt.Errorf("%s learns from pairs of one name, and %s stands beside %s", c.Trainer, a, b)
		}
	}
	return nil
}

// last is the checkpoint to go on from, or nil.
func (r *run) last() (*Checkpoint, error) {
	dir := r.path(CheckpointDir)
	if !r.Resume {
		paths, err := Checkpoints(dir)
		if err != nil {
			return nil, err
		}
		if len(paths) > 0 {
			return nil, fmt.Errorf("%w: %s", ErrOccupied, filepath.Base(paths[len(paths)-1]))
		}
		return nil, nil
	}
	c, skipped, err := Last(dir)
	for _, err := range skipped {
		r.Observe.Note("skipped: %v", err)
	}
	if err != nil {
		return nil, err
	}
	if c == nil && len(skipped) > 0 {
		return nil, fmt.Errorf("no checkpoint in %s can be read", dir)
	}
	if c == nil {
		r.Observe.Note("no checkpoint in %s: training starts from nothing", dir)
	}
	return c, nil
}

// changes are the keys that the config to go on with changes; none if there is nothing to go on from.
func (r *run) changes(last *Checkpoint) []nvlabs.Change {
	if last == nil {
		return nil
	}
	old, _, err := nvlabs.ParseTraining(last.Config)
	if err != nil {
		return nil // of another version: what does not fit is found when weights are restored
	}
	return r.Config.Changes(old)
}

// newTrainer starts from nothing, from a model, or from a checkpoint.
func (r *run) newTrainer(ctx context.Context, exec graph.Executor, last *Checkpoint) (err error) {
	if last == nil {
		var src graph.ParamSource
		if r.Start != nil {
			if src, err = startFrom(r.Start, r.Config, r.Seed); err != nil {
				return err
			}
		}
		r.trainer, err = New(ctx, exec, r.Config, src, r.Seed)
		return err
	}
	if r.trainer, err = New(ctx, exec, r.Config, last.Source(), last.Seed); err != nil {
		return err
	}
	r.Seed = last.Seed
	return r.trainer.Restore(ctx, last)
}

// openData starts reading pictures of trainA and trainB, and reads those for the sheets: of testA and testB if they are there.
func (r *run) openData(ctx context.Context, sets [4][]string, from int) (err error) {
	var shown [2][][]float32
	for i, d := range weights.Domains {
		h, w := r.Config.Crop()
		o := data.Options{Size: [...]int{r.Config.NewSizeA, r.Config.NewSizeB}[i], Height: h, Width: w,
			Channels: r.Config.Model.InputDim(d), Seed: r.Seed}
		if !r.trainer.method.Paired() { // pairs come in one order, and are cropped and flipped alike
			o.Seed += uint64(i) * domainSeed
		}
		workers := min(r.Config.NumWorkers, runtime.GOMAXPROCS(0))
		r.feeds = append(r.feeds, data.NewFeed(sets[i], o, r.Config.BatchSize, from, workers))
		samples := sets[i+2]
		if samples == nil {
			samples = sets[i]
		}
		for _, path := range samples {
			if len(shown[i]) == r.Config.DisplaySize {
				break
			}
			if values, err := o.Picture(ctx, path); err == nil { // a bad one is reported when it is its turn
				shown[i] = append(shown[i], values)
			}
		}
		if len(shown[i]) == 0 {
			return fmt.Errorf("%w of domain %s can be read, such as %s", data.ErrNoPictures, d, samples[0])
		}
	}
	r.samples, err = r.trainer.newSampler(ctx, shown)
	return err
}

func (r *run) close() {
	for _, f := range r.feeds {
		f.Close()
	}
	if r.samples != nil {
		r.samples.close()
	}
	if r.trainer != nil {
		r.trainer.Close()
	}
	if r.log != nil {
		r.log.close()
	}
	if r.lock != nil {
		_ = r.lock.Close() // its file stays: another training may be waiting to have it
	}
}
