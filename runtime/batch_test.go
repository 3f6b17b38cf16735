package runtime

import (
	"image"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// Several styles at a time give the pictures that one at a time gives, to the rounding of a grey level, on both executors.
func TestBatchesAreAsSingleOnes(t *testing.T) {
	cfg := weights.Config{InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 8, MLPDim: 16, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 2, PadType: "reflect"}}
	m := formula.Model(cfg, "batch", "a", "b")
	img := image.NewNRGBA(image.Rect(0, 0, 18, 12))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 37)
	}
	for _, d := range []Device{DeviceCPU, DeviceGPU} {
		t.Run(string(d), func(t *testing.T) {
			if d == DeviceGPU {
				needs.GPU(t)
			}
			tr, err := Load(t.Context(), m, Options{Device: d})
			require.NoError(t, err)
			defer tr.Close()
			c, err := tr.Encode(t.Context(), img, weights.A2B)
			require.NoError(t, err)
			styles := []Style{tr.RandomStyle(1, 0), tr.RandomStyle(1, 1), tr.RandomStyle(1, 2)}
			single, err := tr.DecodeBatch(t.Context(), c, styles)
			require.NoError(t, err)
			require.Len(t, single, 3)
			require.NotEqual(t, single[0], single[1])
			together, err := tr.session.decode(t.Context(), c, styles)
			require.NoError(t, err)
			for i, want := range single {
				require.Equal(t, want.Rect, together[i].Rect)
				for at, v := range want.Pix {
					require.InDelta(t, v, together[i].Pix[at], 1, "style %d, byte %d", i, at)
				}
			}
			none, err := tr.DecodeBatch(t.Context(), c, nil)
			require.NoError(t, err)
			require.Empty(t, none)
			_, err = tr.DecodeBatch(t.Context(), c, []Style{styles[0], styles[1][:7]})
			require.ErrorIs(t, err, ErrStyleLength)
		})
	}
}

// The content's share of a batch is computed once, small pictures are many at a time, and large ones alone.
func TestBatchSizes(t *testing.T) {
	s := &session{model: &weights.Model{Config: weights.Config{InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 64, MLPDim: 256, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 4, PadType: "reflect"}}}}
	work := func(styles int) int64 {
		g := s.build(programKey{network: decode, direction: weights.A2B, grid: grid{64, 64}, styles: styles})
		require.NoError(t, g.Err())
		return g.FLOPs()
	}
	const firstConv = 2 * 256 * 256 * 9 * 16 * 16
	require.EqualValues(t, 3*firstConv, 4*work(1)-work(4))

	for side, want := range map[int]int{8: 16, 32: 16, 64: 4, 128: 1, 256: 1, 2048: 1} {
		require.Equal(t, want, batchFor(s.contentShape(weights.A2B, grid{side, side})), "%d pixels", side)
	}
}
