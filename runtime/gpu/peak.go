package gpu

import (
	"context"
	"fmt"
	"time"

	"github.com/webmunit/webmunit/shaders"
)

const (
	// peakGroups keep every core of a large GPU busy; an emulated one has a few, and less to do in a submit.
	peakGroups         = 8192
	peakSoftwareGroups = 256
	peakGroupSize      = 64
	// peakSubmit is how long a submit should take, so that what comes between two of them does not count.
	peakSubmit = 20 * time.Millisecond
	// peakRounds is fewer than the 65535 turns after which llvmpipe leaves a loop, and few enough for exact sums (peak.wgsl).
	peakRounds = 60_000
)

// Peak measures for about d how many float32 operations the device can do in a second at best, a multiplication with an addition being two:
// the most that any submit of shaders.Peak reached. What it computes is checked.
func (e *Executor) Peak(ctx context.Context, d time.Duration) (flops float64, err error) {
	groups := peakGroups
	if e.info.Software {
		groups = peakSoftwareGroups
	}
	invocations := groups * peakGroupSize
	const perRound = 2 * 4 * shaders.PeakChains * shaders.PeakSteps
	rounds := min(max(e.budget()/int64(invocations*perRound), 1), peakRounds)
	work := float64(rounds) * float64(invocations*perRound)

	out, err := e.NewTensor([]int{invocations})
	if err != nil {
		return 0, err
	}
	defer out.Close()
	err = e.do(ctx, func() error {
		flops, err = e.peak(ctx, d, out.(*tensor).buf, uint32(groups), int(rounds), work)
		return err
	})
	if err != nil {
		return 0, err
	}
	sums := make([]float32, invocations)
	if err := out.Read(ctx, sums); err != nil {
		return 0, err
	}
	const lanes = 4
	want := float32(lanes * (shaders.PeakChains*shaders.PeakSteps*rounds + 0 + 1 + 2)) // the last are where the chains begin
	for i, sum := range sums {
		if sum != want {
			return 0, fmt.Errorf("gpu: %s added up %g where %g is right (invocation %d): its peak cannot be measured", e.info.Name, sum, want, i)
		}
	}
	return flops, nil
}

// peak submits dispatches of so much work each until d is over, on the thread. The first submit compiles and warms up.
func (e *Executor) peak(ctx context.Context, d time.Duration, out *buffer, groups uint32, rounds int, work float64) (best float64, err error) {
	dims, err := e.dev.newUniform("dims of peak", dimsAlign)
	if err != nil {
		return 0, err
	}
	defer e.dev.release(dims)
	words, err := shaders.Words(&shaders.PeakDims{Rounds: rounds, Factor: 1, Addend: 1})
	if err != nil {
		return 0, err
	}
	if err := e.dev.upload(ctx, []part{{dst: dims, data: bytesOf(words)}}); err != nil {
		return 0, err
	}
	pipes, err := e.kernels(ctx, []shaders.Kernel{shaders.Peak{}})
	if err != nil {
		return 0, err
	}
	group, err := e.dev.bind("peak", pipes[0], []binding{{buf: out}, {buf: dims, size: dimsAlign}})
	if err != nil {
		return 0, err
	}
	defer group.Release()
	all := []dispatch{{pipe: pipes[0], group: group, groups: [3]uint32{groups, 1, 1}}}
	if _, err := e.timeSubmit(ctx, all); err != nil {
		return 0, err
	}
	for began := time.Now(); best == 0 || time.Since(began) < d; {
		took, err := e.timeSubmit(ctx, all)
		if err != nil {
			return 0, err
		}
		best = max(best, work*float64(len(all))/took.Seconds())
		if took < peakSubmit/2 {
			all = append(all, all...)
		}
	}
	return best, nil
}

// timeSubmit is the time from a submit of all to its end.
func (e *Executor) timeSubmit(ctx context.Context, all []dispatch) (time.Duration, error) {
	began := time.Now()
	err := e.dev.watched(func() error {
		if err := e.dev.submit(ctx, all); err != nil {
			return err
		}
		return e.dev.wait(ctx, e.dev.inFlight[len(e.dev.inFlight)-1])
	})
	return time.Since(began), err
}
