package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// What is allocated for the first style serves all others, whole buffers cost little more than what lives in them, and all is given back.
func TestMemory(t *testing.T) {
	for _, d := range []runtime.Device{runtime.DeviceCPU, runtime.DeviceGPU} {
		t.Run(string(d), func(t *testing.T) {
			tr := load(t, model(nil), d)
			c, err := tr.Encode(t.Context(), gradient(64, 64), weights.A2B)
			require.NoError(t, err)
			_, err = tr.Decode(t.Context(), c, tr.RandomStyle(0, 0))
			require.NoError(t, err)
			first := tr.Memory()
			for i := range 10 {
				_, err = tr.Decode(t.Context(), c, tr.RandomStyle(0, 1+i))
				require.NoError(t, err)
			}
			require.Equal(t, first, tr.Memory(), "more styles take no more memory")
			require.Positive(t, first.Live)
			// Whole buffers cost 13 %; the rest is Winograd's scratch memory. At the paper's size a decoder has 2.0 times on the CPU, 2.9 on a GPU.
			require.LessOrEqual(t, first.Arena, 2*first.Live)
			if d == runtime.DeviceCPU {
				require.Zero(t, first.Device)
				return
			}
			u := first.Device
			require.GreaterOrEqual(t, u.Activations, first.Arena)
			require.Positive(t, u.Weights)
			require.Positive(t, u.Staging)
			require.GreaterOrEqual(t, u.Peak, u.Total())
			c.Close()
			require.Less(t, tr.Memory().Device.Tensors, u.Tensors)
			require.NoError(t, tr.Close())
			require.Zero(t, tr.Memory())
		})
	}
}

// TestRoomIsWhatPlansTake: a plan takes no more than is counted for it, earlier programs give way to later ones, and a picture that does not fit
// is refused before it is begun.
func TestRoomIsWhatPlansTake(t *testing.T) {
	for _, d := range []runtime.Device{runtime.DeviceCPU, runtime.DeviceGPU} {
		tr := load(t, model(func(c *weights.Config) { c.Gen.Dim, c.Gen.NRes = 16, 2 }), d)
		s := tr.RandomStyle(0, 0)
		for _, side := range []int{32, 64, 128} {
			_, err := tr.Translate(t.Context(), gradient(side, side), weights.A2B, s)
			require.NoError(t, err)
		}
		for _, p := range tr.Planned() {
			t.Logf("%s: holds %d, counted %d", d, p.Held, p.Counted)
			require.LessOrEqual(t, p.Held, p.Counted)
		}
		last := tr.Planned()[5]
		require.Less(t, last.Counted, 4*last.Held, "and what is counted is not much more")
		require.Len(t, tr.Planned(), 6)
		tr.SetRoom(tr.Planned()[5].Counted + 16<<20)
		_, err := tr.Translate(t.Context(), gradient(136, 128), weights.A2B, s)
		require.NoError(t, err)
		require.Less(t, len(tr.Planned()), 6, "earlier ones gave way")
		_, err = tr.Translate(t.Context(), gradient(1024, 1024), weights.A2B, s)
		require.ErrorIs(t, err, runtime.ErrTooLarge)
		require.ErrorContains(t, err, "1024×1024")
		_, err = tr.Translate(t.Context(), gradient(64, 64), weights.A2B, s)
		require.NoError(t, err)
	}
}
