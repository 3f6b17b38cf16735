package phase

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

// TestLinesGiveTheUpsampledConv compares every output of an axis with the definition, on whole numbers: upsample, pad by 2, convolve.
func TestLinesGiveTheUpsampledConv(t *testing.T) {
	w := [Kernel]int{1, 10, 100, 1000, 10000}
	for _, mode := range []graph.PadMode{graph.PadZero, graph.PadReflect, graph.PadReplicate} {
		for n := 2; n <= 6; n++ {
			t.Run(fmt.Sprintf("%v/%d", mode, n), func(t *testing.T) {
				source := func(i int) int { return []int{3, 1, 4, 5, 9, 2}[i] }
				want := make([]int, 2*n)
				for o := range want {
					for k, weight := range w {
						r := o + k - 2
						if r < 0 || r >= 2*n {
							switch mode {
							case graph.PadZero:
								continue
							case graph.PadReflect:
								r = max(-r, min(r, 2*(2*n-1)-r))
							case graph.PadReplicate:
								r = min(max(r, 0), 2*n-1)
							}
						}
						want[o] += weight * source(r/2)
					}
				}
				got, times := make([]int, 2*n), make([]int, 2*n)
				for _, l := range Lines(n, mode) {
					for k := range l.Count {
						o := l.First + 2*k
						times[o]++
						for tap, mask := range l.Fold {
							i := l.Center + k + tap - 1
							if (i < 0 || i >= n) && mode == graph.PadZero {
								continue
							}
							for bit, weight := range w {
								if mask>>bit&1 == 1 {
									got[o] += weight * source(min(max(i, 0), n-1))
								}
							}
						}
					}
				}
				require.Equal(t, want, got)
				for o := range times {
					require.Equal(t, 1, times[o], "output %d", o)
				}
			})
		}
	}
}

func TestWeights(t *testing.T) {
	kernel := make([]float32, 2*Kernel*Kernel)
	for i := range kernel {
		kernel[i] = float32(i)
	}
	got := Weights(even, odd, kernel)
	require.Len(t, got, 2*Taps*Taps)
	// Rows 0 and 1 of column 0; rows 2 and 3 of columns 1 and 2; row 4 of columns 3 and 4, in the second kernel.
	require.Equal(t, float32(0+5), got[0])
	require.Equal(t, float32(11+12+16+17), got[4])
	require.Equal(t, float32(25+23+25+24), got[9+8])
}
