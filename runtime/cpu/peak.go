package cpu

import (
	"sync"
	"time"
)

// Peak measures for about d how fast so many goroutines multiply and add at once with the arithmetic that executors use on this processor,
// from registers alone: operations a second, where a multiplication and its addition are two. No convolution computed as it is defined can be
// faster; one by Winograd's filtering or by phases does less work, and can. The best of many short rounds counts, since other programs
// can only make a round slower.
func Peak(d time.Duration, threads int) (flops float64) {
	const round = 5 * time.Millisecond
	l, _ := chooseLeaf(leaves())
	turns := 1000
	for begin := time.Now(); ; {
		spent := spin(l, turns, threads)
		flops = max(flops, float64(turns)*float64(l.spinFlops)*float64(threads)/spent.Seconds())
		if time.Since(begin) >= d {
			return flops
		}
		if spent < round {
			turns *= 2
		}
	}
}

// spin runs l's spin on so many goroutines, and returns how long all of them took together.
func spin(l *leaf, turns, threads int) time.Duration {
	var all sync.WaitGroup
	begin := time.Now()
	for range threads - 1 {
		all.Go(func() { l.spin(turns) })
	}
	l.spin(turns)
	all.Wait()
	return max(time.Since(begin), time.Nanosecond) // some clocks stand still for a while
}
