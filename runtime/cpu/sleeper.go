package cpu

import (
	"sync/atomic"
	"time"
)

// patience is how long a sleeper waits awake: longer than most steps, and too short to matter when nothing runs. The operating system takes
// tens of microseconds to wake a thread, and a training's iteration has thousands of steps.
const patience = 200 * time.Microsecond

// sleeper lets one goroutine wait for a condition that others make true: awake for a while, if it may, and then asleep.
type sleeper struct {
	awake  bool
	asleep atomic.Bool
	wake   chan struct{}
}

func newSleeper(awake bool) sleeper { return sleeper{awake: awake, wake: make(chan struct{}, 1)} }

// await returns when ready does. Whoever may have made it so calls notify.
func (s *sleeper) await(ready func() bool) {
	const looks = 100 // between two at the clock
	var begin time.Time
	for turn := 0; s.awake && (turn <= 1 || time.Since(begin) < patience); turn++ {
		if turn == 1 { // not before: mostly the wait is over by then
			begin = time.Now()
		}
		for range looks {
			if ready() {
				return
			}
		}
	}
	for !ready() {
		s.asleep.Store(true)
		// What became ready before the store may have found it awake.
		if !ready() || !s.asleep.CompareAndSwap(true, false) {
			<-s.wake
		}
	}
}

func (s *sleeper) notify() {
	if s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}
