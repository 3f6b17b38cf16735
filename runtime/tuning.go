package runtime

import (
	"context"
	"slices"
	"time"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// tuneDelay is how long tuning waits after a picture: those that are asked for together with the first come first.
const tuneDelay = time.Second

// tuning is the search for the fastest ways to compute a session's networks, behind the calls of a Translator.
type tuning struct {
	stop context.CancelFunc
	done chan struct{}
}

// end stops it and waits for the job under way. What was measured is kept.
func (u *tuning) end() {
	if u != nil {
		u.stop()
		<-u.done
	}
}

// tuneBehind starts to tune those networks of s that have not been, if Options ask for it. It is called under the lock, when a picture is done.
func (t *Translator) tuneBehind(s *session) {
	g, ok := s.exec.(*gpu.Executor)
	if !ok || !t.options.Tune || s.tuning.busy() {
		return
	}
	var keys []programKey
	for _, p := range s.programs {
		if !slices.Contains(s.tuned, p.key) {
			keys = append(keys, p.key)
		}
	}
	if len(keys) == 0 {
		return
	}
	s.tuned = append(s.tuned, keys...)
	ctx, stop := context.WithCancel(context.Background())
	u := &tuning{stop: stop, done: make(chan struct{})}
	s.tuning = u
	go func() {
		defer close(u.done)
		defer stop()
		select {
		case <-ctx.Done():
		case <-time.After(t.tuneDelay):
			t.tune(ctx, s, g, keys)
		}
	}()
}

func (u *tuning) busy() bool {
	if u == nil {
		return false
	}
	select {
	case <-u.done:
		return false
	default:
		return true
	}
}

// tune measures the networks of keys in turns with the callers, and compiles anew what is computed otherwise from now on. Where it fails, speed
// is all that is lost: if the device has a fault, the next call will tell.
func (t *Translator) tune(ctx context.Context, s *session, g *gpu.Executor, keys []programKey) {
	networks := make([]*graph.Graph, len(keys))
	for i, key := range keys {
		networks[i] = s.build(key)
	}
	turn := func(ctx context.Context, job func() error) error {
		defer t.changed()
		return t.locked(ctx, s, job)
	}
	_, _ = g.Tune(ctx, gpu.TuneOptions{Budget: t.tuneBudget, Turn: turn}, networks...)

	var stale []programKey
	_ = t.locked(ctx, s, func() error {
		for _, p := range s.programs {
			if !slices.Equal(p.uses, g.Uses(s.build(p.key))) {
				stale = append(stale, p.key)
			}
		}
		return nil
	})
	for _, key := range stale {
		if t.renew(ctx, s, key) != nil {
			return
		}
	}
	_ = t.locked(ctx, s, func() error { return g.Trim(s.params) }) // weights are arranged otherwise now, too
}

// renew compiles the network of key again, beside the callers, and then replaces the program under the lock.
func (t *Translator) renew(ctx context.Context, s *session, key programKey) error {
	if err := s.hasRoom(ctx, key); err != nil { // the old program stays until the new one is there
		return err
	}
	p, err := s.compile(ctx, key)
	if err != nil {
		return err
	}
	err = t.locked(ctx, s, func() error {
		for i, old := range s.programs {
			if old.key == key {
				s.programs[i], p = p, old
			}
		}
		return nil
	})
	p.close() // the old one, or the new one if nobody wants it any more
	return err
}

// locked calls job between the calls of others, as long as s is what they use.
func (t *Translator) locked(ctx context.Context, s *session, job func() error) error {
	select {
	case <-t.lock:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer t.give()
	if t.session != s {
		return ErrClosed
	}
	return job()
}

// Tuned tells for how many shapes of convolutions the fastest way on the GPU is known, measured or remembered; 0 on the CPU.
func (t *Translator) Tuned() int {
	if g := t.live.Load(); g != nil {
		return len(g.Tuned())
	}
	return 0
}
