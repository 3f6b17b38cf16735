package gpu

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

// slow returns a program of n steps that take long, with its tensors.
func slow(t *testing.T, e *Executor, n int, factor float32) (p graph.Program, in, out graph.Tensor) {
	t.Helper()
	return compile(t, e, chain(n, factor, 64)), tensorOf(t, e, make([]float32, 64)...), tensorOf(t, e, make([]float32, 64)...)
}

func TestLossUnderARun(t *testing.T) {
	e := open(t)
	p, x, y := slow(t, e, 1000, slowly)
	time.AfterFunc(200*time.Millisecond, e.Destroy)
	assert.ErrorIs(t, promptly(t, func() error {
		return p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{y})
	}), graph.ErrDeviceLost)

	values := make([]float32, 64)
	assert.ErrorIs(t, promptly(t, func() error { return y.Read(context.Background(), values) }), graph.ErrDeviceLost)
	assert.ErrorIs(t, promptly(t, func() error { return x.Write(context.Background(), values) }), graph.ErrDeviceLost)
	_, err := e.NewTensor(graph.Shape{1})
	assert.ErrorIs(t, err, graph.ErrDeviceLost)
	_, err = e.Compile(context.Background(), chain(1, plusOne, 1), nil)
	assert.ErrorIs(t, err, graph.ErrDeviceLost)
	assert.NoError(t, promptly(t, e.Close))

	again := open(t)
	assert.Equal(t, []float32{1}, valuesOf(t, tensorOf(t, again, 1)), "a new device works")
}

func TestLossUnderARead(t *testing.T) {
	e := open(t)
	p, x, y := slow(t, e, maxInFlight, slower)
	mustRun(t, p, x, y)
	time.AfterFunc(20*time.Millisecond, e.Destroy)
	assert.ErrorIs(t, promptly(t, func() error {
		return y.Read(context.Background(), make([]float32, 64))
	}), graph.ErrDeviceLost)
}

func TestCancellation(t *testing.T) {
	e := open(t)
	p, x, y := slow(t, e, 1000, slowly)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	assert.ErrorIs(t, promptly(t, func() error { return p.Run(ctx, []graph.Tensor{x}, []graph.Tensor{y}) }), context.DeadlineExceeded)
	assert.Less(t, time.Since(start), 5*time.Second)
	assert.ErrorIs(t, p.Run(ctx, []graph.Tensor{x}, []graph.Tensor{y}), context.DeadlineExceeded, "before it starts")

	q, x, y := slow(t, e, maxInFlight, slower)
	mustRun(t, q, x, y)
	gone, stop := context.WithCancel(context.Background())
	time.AfterFunc(time.Millisecond, stop)
	assert.ErrorIs(t, promptly(t, func() error { return y.Read(gone, make([]float32, 64)) }), context.Canceled)
	for _, v := range valuesOf(t, y) {
		require.EqualValues(t, maxInFlight, v, "nothing is lost")
	}
}

func TestWaitingForOthersEndsWithItsContext(t *testing.T) {
	e := open(t)
	p, x, y := slow(t, e, 1000, slowly)
	ctx, cancel := context.WithCancel(context.Background())
	busy := make(chan error, 1)
	go func() { busy <- p.Run(ctx, []graph.Tensor{x}, []graph.Tensor{y}) }()
	time.Sleep(50 * time.Millisecond)
	soon, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	assert.ErrorIs(t, x.Read(soon, make([]float32, 64)), context.DeadlineExceeded)
	cancel()
	assert.ErrorIs(t, promptly(t, func() error { return <-busy }), context.Canceled)
}

func TestUseAfterClose(t *testing.T) {
	e := open(t)
	p := compile(t, e, chain(2, both, 3))
	params := e.NewParams(filters{})
	x, y := tensorOf(t, e, 1, 2, 3), tensorOf(t, e, 0, 0, 0)
	mustRun(t, p, x, y)

	x.Close()
	x.Close()
	assert.ErrorIs(t, x.Write(context.Background(), make([]float32, 3)), ErrClosed)
	closed := compile(t, e, chain(1, plusOne, 3))
	closed.Close()
	closed.Close()
	assert.ErrorIs(t, closed.Run(context.Background(), []graph.Tensor{y}, []graph.Tensor{tensorOf(t, e, 0, 0, 0)}), ErrClosed)

	require.NoError(t, e.Close())
	require.NoError(t, e.Close())
	assert.ErrorIs(t, y.Read(context.Background(), make([]float32, 3)), ErrClosed)
	assert.ErrorIs(t, p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{y}), ErrClosed)
	_, err := e.NewTensor(graph.Shape{1})
	assert.ErrorIs(t, err, ErrClosed)
	_, err = e.Compile(context.Background(), chain(1, plusOne, 1), nil)
	assert.ErrorIs(t, err, ErrClosed)
	y.Close()
	p.Close()
	params.Close()
}

func TestClosingLeavesNothingBehind(t *testing.T) {
	e := open(t)
	before := len(e.children)
	for range 20 {
		p := compile(t, e, chain(4, both, 1<<10))
		x, y := tensorOf(t, e, make([]float32, 1<<10)...), tensorOf(t, e, make([]float32, 1<<10)...)
		mustRun(t, p, x, y)
		for _, c := range []interface{ Close() }{p, x, y} {
			c.Close()
		}
	}
	assert.Len(t, e.children, before)
}
