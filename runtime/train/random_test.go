package train

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestDrawStyles: each update of each iteration and domain has normal styles of its own, whatever was drawn before it.
func TestDrawStyles(t *testing.T) {
	const n = 500
	var all [][]float32
	for it := range 6 {
		var b, again Batch
		b.drawStyles(3, it, [2]int{n, n})
		again.drawStyles(3, it, [2]int{n, n})
		assert.Equal(t, b, again)
		all = append(all, b.DisStyles[0], b.DisStyles[1], b.GenStyles[0], b.GenStyles[1])
	}
	var other Batch
	other.drawStyles(4, 0, [2]int{n, n})
	all = append(all, other.DisStyles[0])
	for i, a := range all {
		for j, b := range all[:i] {
			assert.NotEqual(t, a, b, "draws %d and %d", i, j)
		}
	}
	mean, second, fourth := moments(slices.Concat(all...)) // of 12,500 values: deviations 0.009, 0.013, 0.09
	assert.InDelta(t, 0, mean, 0.04)
	assert.InDelta(t, 1, second, 0.06)
	assert.InDelta(t, 3, fourth, 0.4)
	var none Batch
	none.drawStyles(3, 0, [2]int{0, 4})
	assert.Empty(t, none.DisStyles[0])
	assert.Len(t, none.GenStyles[1], 4)
}
