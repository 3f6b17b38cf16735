package data

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
)

// Feed gives the batches of one domain, iteration by iteration, read ahead by workers.
type Feed struct {
	options Options
	paths   []string
	batch   int
	stop    context.CancelFunc
	ahead   chan chan result // what workers have promised, in order
	workers sync.WaitGroup

	Bad Bad // what could not be read so far
}

type result struct {
	values []float32
	err    error
}

// aheadBatches is how many batches are read before they are asked for.
const aheadBatches = 3

// NewFeed starts reading batches of so many of paths' pictures, from iteration from on, by so many workers. Close it to stop them.
func NewFeed(paths []string, o Options, batch, from, workers int) *Feed {
	ctx, stop := context.WithCancel(context.Background())
	f := &Feed{options: o, paths: paths, batch: batch, stop: stop, ahead: make(chan chan result, aheadBatches*batch)}
	type job struct {
		draw int
		to   chan result
	}
	jobs := make(chan job)
	f.workers.Add(1 + max(workers, 1))
	go func() {
		defer f.workers.Done()
		defer close(jobs)
		for draw := from * batch; ; draw++ {
			j := job{draw, make(chan result, 1)}
			select {
			case f.ahead <- j.to:
			case <-ctx.Done():
				return
			}
			select {
			case jobs <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	for range max(workers, 1) {
		go func() {
			defer f.workers.Done()
			for j := range jobs {
				values, err := f.draw(ctx, j.draw)
				j.to <- result{values, err}
			}
		}()
	}
	return f
}

// Next is the next iteration's batch: values in [-1, 1], NCHW. It fails only when no picture of the set can be read.
func (f *Feed) Next(ctx context.Context) ([]float32, error) {
	values := make([]float32, 0, f.batch*f.options.Values())
	for range f.batch {
		select {
		case to := <-f.ahead:
			r := <-to
			if r.err != nil {
				return nil, r.err
			}
			values = append(values, r.values...)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return values, nil
}

// draw is the picture number n of the training: pictures come in rounds, each a shuffle of all. One that cannot be read gives its turn to
// those after it in the shuffle, so that what is seen depends on the files alone and not on when they were found to be bad.
func (f *Feed) draw(ctx context.Context, n int) ([]float32, error) {
	round, at := n/len(f.paths), n%len(f.paths)
	order := rand.New(rand.NewPCG(f.options.Seed, uint64(round))).Perm(len(f.paths))
	for i := range order {
		path := f.paths[order[(at+i)%len(order)]]
		if f.Bad.has(path) {
			continue
		}
		m, err := f.options.read(ctx, path)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			f.Bad.add(path, err)
			continue
		}
		return f.options.augmented(m, rand.New(rand.NewPCG(f.options.Seed^augmentation, uint64(n))))
	}
	for path, err := range f.Bad.All() {
		return nil, fmt.Errorf("%w of %d can be read, such as %s: %w", ErrNoPictures, len(f.paths), path, err)
	}
	return nil, ErrNoPictures
}

// augmentation sets the random numbers of crops apart from those of the order.
const augmentation = 0x9E3779B97F4A7C15

// Len is the number of pictures, bad ones included.
func (f *Feed) Len() int { return len(f.paths) }

// Close stops the workers.
func (f *Feed) Close() {
	f.stop()
	f.workers.Wait()
}
