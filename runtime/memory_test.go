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
