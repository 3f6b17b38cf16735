package gpu

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Peak itself holds what the kernel adds up against what it must, so that its rate is that of work that was done.
func TestPeak(t *testing.T) {
	e := open(t)
	flops, err := e.Peak(context.Background(), 100*time.Millisecond)
	require.NoError(t, err)
	t.Logf("%.1f GFLOP/s", flops/1e9)
	assert.Greater(t, flops, 1e6)
	assert.False(t, math.IsInf(flops, 0))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = e.Peak(ctx, time.Hour)
	assert.ErrorIs(t, err, context.Canceled)
}
