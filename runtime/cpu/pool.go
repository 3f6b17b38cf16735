package cpu

import (
	"context"
	"runtime"
	"sync/atomic"
)

// pool computes the tiles of a step on the caller's goroutine and on helpers that live as long as the executor. One step at a time: the
// executor's turn sees to that. Steps follow each other every few microseconds, so that helpers wait awake for the next one (see sleeper); one
// that comes late finds no tile left, and nobody waits for it.
type pool struct {
	workers []*worker // the first is the caller's own
	step    atomic.Pointer[step]
	begun   atomic.Int64 // how many steps have been
	closed  atomic.Bool
	caller  sleeper // who waits for the helpers' last tiles
}

// step is a piece of work whose tiles may run in any order; the next step sees all that it wrote.
type step struct {
	tiles int64
	tile  tileFunc
	ctx   context.Context
	next  atomic.Int64 // the first tile that nobody has taken
	done  atomic.Int64
}

// tileFunc computes piece i of a step. Tiles write disjoint memory, so that they may run in any order on any worker.
type tileFunc func(i int, w *worker)

// worker is what one goroutine of the pool has for itself.
type worker struct {
	sleeper
	scratch []float32 // as long as the neediest step of any program compiled so far
	tiles   int       // how many it has computed
}

// tilesPerYield is how many tiles a page computes between two looks at what else there is to do, each of which takes as long as a small tile.
const tilesPerYield = 8

func newStep(tiles int, tile tileFunc) *step { return &step{tiles: int64(tiles), tile: tile} }

func newPool(threads int) *pool {
	awake := runtime.GOMAXPROCS(0) >= threads // else who waits awake may keep from running what it waits for
	p := &pool{caller: newSleeper(awake)}
	for i := range threads {
		w := &worker{sleeper: newSleeper(awake)}
		p.workers = append(p.workers, w)
		if i > 0 {
			go p.help(w)
		}
	}
	return p
}

// help works on one step after the other until the pool is closed.
func (p *pool) help(w *worker) {
	for seen := int64(0); ; {
		w.await(func() bool { return p.begun.Load() != seen })
		if p.closed.Load() {
			return
		}
		seen = p.begun.Load()
		if s := p.step.Load(); s != nil {
			p.work(s, w)
		}
	}
}

// reserve makes every worker's scratch at least n long.
func (p *pool) reserve(n int) {
	for _, w := range p.workers {
		if len(w.scratch) < n {
			w.scratch = make([]float32, n)
		}
	}
}

// run computes all tiles of s, or, when ctx ends, some of them, and returns ctx's error.
func (p *pool) run(ctx context.Context, s *step) error {
	s.ctx = ctx
	s.done.Store(0)
	s.next.Store(0) // last: with it a helper that was late for the run before may begin
	if s.tiles > 1 && len(p.workers) > 1 {
		p.step.Store(s)
		p.begun.Add(1)
		for _, w := range p.workers[1:min(int64(len(p.workers)), s.tiles)] {
			w.notify()
		}
	}
	p.work(s, p.workers[0])
	p.caller.await(func() bool { return s.done.Load() == s.tiles })
	p.step.Store(nil)
	s.ctx = nil
	return ctx.Err()
}

// work computes tiles of s until all are taken. When ctx has ended it takes those that are left and does nothing.
func (p *pool) work(s *step, w *worker) {
	for done := int64(0); ; done++ {
		i := s.next.Add(1) - 1
		if i >= s.tiles {
			if done > 0 && s.done.Add(done) == s.tiles {
				p.caller.notify()
			}
			return
		}
		if s.ctx.Err() != nil {
			done += max(0, s.tiles-s.next.Swap(s.tiles))
			continue
		}
		s.tile(int(i), w)
		if w.tiles++; runtime.GOARCH == "wasm" && w.tiles%tilesPerYield == 0 {
			runtime.Gosched() // goroutines are not preempted there, and ctx must get its chance to end
		}
	}
}

func (p *pool) close() {
	p.closed.Store(true)
	p.begun.Add(1)
	for _, w := range p.workers[1:] {
		w.notify()
	}
}
