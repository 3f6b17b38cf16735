package runtime_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/weights"
)

// counted is a store in memory that counts what is saved.
type counted struct {
	data  atomic.Pointer[[]byte]
	saves atomic.Int32
}

func (c *counted) Load(string) ([]byte, error) {
	if p := c.data.Load(); p != nil {
		return *p, nil
	}
	return nil, nil
}

func (c *counted) Save(_ string, data []byte) error {
	c.data.Store(&data)
	c.saves.Add(1)
	return nil
}

func tuned(t *testing.T, o runtime.Options) *runtime.Translator {
	t.Helper()
	needs.GPU(t)
	o.Device = runtime.DeviceGPU
	tr, err := runtime.Load(t.Context(), model(nil), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, tr.Close()) })
	tr.TuneAtOnce()
	return tr
}

// TestTuningBehindTheCalls: pictures come while the device is tuned, stay the same, and the next visitor finds what was measured.
func TestTuningBehindTheCalls(t *testing.T) {
	var store counted
	tr := tuned(t, runtime.Options{Tune: true, Store: &store})
	s := tr.RandomStyle(1, 0)
	c, err := tr.Encode(t.Context(), gradient(32, 24), weights.A2B)
	require.NoError(t, err)
	defer c.Close()
	want, err := tr.Decode(t.Context(), c, s)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		got, err := tr.Decode(t.Context(), c, s)
		require.NoError(t, err)
		require.LessOrEqual(t, optest.MaxLevels(got, want), 1)
		return store.saves.Load() > 0 && tr.Tuned() > 0
	}, time.Minute, time.Millisecond)
	tr.AwaitTuning()
	got, err := tr.Decode(t.Context(), c, s)
	require.NoError(t, err)
	require.LessOrEqual(t, optest.MaxLevels(got, want), 1)

	next := tuned(t, runtime.Options{Tune: true, Store: &store})
	assert.Equal(t, tr.Tuned(), next.Tuned(), "before any picture")
	_, err = next.Translate(t.Context(), gradient(32, 24), weights.A2B, s)
	require.NoError(t, err)
	assert.Equal(t, tr.Uses(), next.Uses())
	assert.Equal(t, next.Memory().Device.Weights, tr.Memory().Device.Weights, "nothing is kept for the ways that were given up")
}

func TestTuningIsOffUnlessAskedFor(t *testing.T) {
	var store counted
	tr := tuned(t, runtime.Options{Store: &store})
	_, err := tr.Translate(t.Context(), gradient(16, 16), weights.A2B, tr.RandomStyle(1, 0))
	require.NoError(t, err)
	tr.AwaitTuning()
	assert.Zero(t, tr.Tuned())
	assert.Zero(t, store.saves.Load())
}

// TestTuningEndsWithItsDevice: neither a lost device nor the end of the program waits for more than the job under way.
func TestTuningEndsWithItsDevice(t *testing.T) {
	tr := tuned(t, runtime.Options{Tune: true})
	s := tr.RandomStyle(1, 0)
	want, err := tr.Translate(t.Context(), gradient(16, 16), weights.A2B, s)
	require.NoError(t, err)
	require.True(t, tr.LoseDevice())
	got, err := tr.Translate(t.Context(), gradient(16, 16), weights.A2B, s)
	require.NoError(t, err)
	require.LessOrEqual(t, optest.MaxLevels(got, want), 1)
	require.NoError(t, tr.Close())
	_, err = tr.Translate(t.Context(), gradient(16, 16), weights.A2B, s)
	require.ErrorIs(t, err, runtime.ErrClosed)
}
