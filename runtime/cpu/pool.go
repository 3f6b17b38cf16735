package cpu

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// pool computes the tiles of a step on the caller's goroutine and on helpers that live as long as the executor, so that a run allocates
// nothing. One step at a time: the executor's turn sees to that.
type pool struct {
	workers []*worker // the first is the caller's own
	ctx     context.Context
	tiles   int64
	tile    tileFunc
	next    atomic.Int64 // the first tile that nobody has taken
	busy    sync.WaitGroup
}

// tileFunc computes piece i of a step. Tiles write disjoint memory, so that they may run in any order on any worker.
type tileFunc func(i int, w *worker)

// worker is what one goroutine of the pool has for itself.
type worker struct {
	wake    chan struct{}
	scratch []float32 // as long as the neediest step of any program compiled so far
}

func newPool(threads int) *pool {
	p := &pool{}
	for i := range threads {
		w := &worker{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		if i > 0 {
			go func() {
				for range w.wake {
					p.work(w)
					p.busy.Done()
				}
			}()
		}
	}
	return p
}

// reserve makes every worker's scratch at least n long.
func (p *pool) reserve(n int) {
	for _, w := range p.workers {
		if len(w.scratch) < n {
			w.scratch = make([]float32, n)
		}
	}
}

// run computes all tiles, or, when ctx ends, some of them, and returns ctx's error.
func (p *pool) run(ctx context.Context, tiles int, tile tileFunc) error {
	p.ctx, p.tiles, p.tile = ctx, int64(tiles), tile
	p.next.Store(0)
	helpers := p.workers[1:min(len(p.workers), max(tiles, 1))]
	p.busy.Add(len(helpers))
	for _, w := range helpers {
		w.wake <- struct{}{}
	}
	p.work(p.workers[0])
	p.busy.Wait()
	p.ctx, p.tile = nil, nil
	return ctx.Err()
}

func (p *pool) work(w *worker) {
	for p.ctx.Err() == nil {
		i := p.next.Add(1) - 1
		if i >= p.tiles {
			return
		}
		p.tile(int(i), w)
		if runtime.GOARCH == "wasm" {
			runtime.Gosched() // goroutines are not preempted there, and ctx must get its chance to end
		}
	}
}

func (p *pool) close() {
	for _, w := range p.workers {
		close(w.wake)
	}
}
