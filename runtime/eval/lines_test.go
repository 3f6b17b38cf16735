package eval

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const side = 16

// drawn is a picture of side×side pixels in three channels.
func drawn(value func(x, y int) float32) (p Picture) {
	for range channels {
		for i := range side * side {
			p = append(p, value(i%side, i/side))
		}
	}
	return p
}

// bar is white with a black line of two pixels in a column; flat has no line.
func bar(at int) Picture {
	return drawn(func(x, _ int) float32 {
		if x == at || x == at+1 {
			return -1
		}
		return 1
	})
}

func TestLinesByHand(t *testing.T) {
	flat := drawn(func(x, y int) float32 { return 0.5 })
	for _, c := range []struct {
		name       string
		in, out    Picture
		kept, back float64
	}{
		{"the same", bar(5), bar(5), 1, 1},
		{"moved by two", bar(5), bar(7), 1, 1},
		{"moved by four", bar(5), bar(9), 0.5, 0.5}, // edges at 4 to 7 and at 8 to 11: half of each are two away
		{"no lines", bar(5), flat, 0, 0},
		{"a line more", bar(2), drawn(func(x, y int) float32 { return min(bar(2)[y*side+x], bar(11)[y*side+x]) }), 1, 0.5},
		{"faint", bar(5), drawn(func(x, y int) float32 { return bar(5)[y*side+x] * 0.09 }), 0, 0},
		{"not so faint", bar(5), drawn(func(x, y int) float32 { return bar(5)[y*side+x] * 0.1 }), 1, 1},
	} {
		var l lineTally
		l.add(c.in, c.out, side)
		require.NotNil(t, l.value(), c.name)
		assert.InDelta(t, c.kept, l.value().Kept, 1e-9, c.name)
		assert.InDelta(t, c.back, l.value().Back, 1e-9, c.name)
	}
	var l lineTally
	l.add(flat, bar(5), side)
	assert.Nil(t, l.value(), "no lines to keep")
}

func TestGroundByHand(t *testing.T) {
	mask := drawn(func(x, _ int) float32 {
		if x < 6 {
			return 1
		}
		return -1
	}) // grown to 8 columns; 8 × 16 pixels are outside
	for _, c := range []struct {
		name  string
		value func(x, y int) float32
		clean float64
	}{
		{"clean", func(x, _ int) float32 { return map[bool]float32{true: -1, false: 0.9}[x < 8] }, 1},
		{"a quarter stained", func(x, y int) float32 { return map[bool]float32{true: 0.5, false: 0.9}[x >= 8 && y < 4] }, 0.75},
		{"12 levels", func(x, y int) float32 { return map[bool]float32{true: 0.9 - 24.0/255, false: 0.9}[y < 4] }, 1},
		{"13 levels", func(x, y int) float32 { return map[bool]float32{true: 0.9 - 26.0/255, false: 0.9}[y < 4] }, 0.75},
	} {
		clean, ok := ground(drawn(c.value), mask, side)
		assert.True(t, ok)
		assert.InDelta(t, c.clean, clean, 1e-9, c.name)
	}
	_, ok := ground(bar(5), drawn(func(int, int) float32 { return 1 }), side)
	assert.False(t, ok, "nothing is outside")
}

// TestLinesAndGroundAreScored: they reach the scores, as means over outputs, and are left out where there is nothing to hold outputs against.
func TestLinesAndGroundAreScored(t *testing.T) {
	mask := drawn(func(x, _ int) float32 { return map[bool]float32{true: 1, false: -1}[x < 8] })
	s := (&Scorer{Classifier: firstPixel{}}).Begin()
	sample := Sample{Input: bar(5), Mask: mask, Width: side, Outputs: []Picture{bar(5), drawn(func(int, int) float32 { return 0 })}}
	require.NoError(t, s.Add(context.Background(), sample))
	scores, err := s.Scores()
	require.NoError(t, err)
	assert.Equal(t, &Lines{0.5, 0.5}, scores.Lines)
	assert.InDelta(t, 1, *scores.GroundClean, 1e-9)

	s = (&Scorer{Classifier: firstPixel{}}).Begin()
	require.NoError(t, s.Add(context.Background(), Sample{Outputs: sample.Outputs}))
	scores, err = s.Scores()
	require.NoError(t, err)
	assert.Nil(t, scores.Lines)
	assert.Nil(t, scores.GroundClean)
}
