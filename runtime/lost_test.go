package runtime_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// TestDeviceLoss: a GPU that vanishes, between calls or under one, costs time and nothing else. Content codes survive it too.
func TestDeviceLoss(t *testing.T) {
	tr := load(t, model(nil), runtime.DeviceGPU)
	s := tr.RandomStyle(3, 0)
	c, err := tr.Encode(t.Context(), gradient(16, 16), weights.A2B)
	require.NoError(t, err)
	defer c.Close()
	want, err := tr.Decode(t.Context(), c, s)
	require.NoError(t, err)

	require.True(t, tr.LoseDevice())
	got, err := tr.Decode(t.Context(), c, s)
	require.NoError(t, err)
	require.Equal(t, want, got)

	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond} {
		timer := time.AfterFunc(after, func() { tr.LoseDevice() })
		got, err = tr.Translate(t.Context(), gradient(16, 16), weights.A2B, s)
		timer.Stop()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
