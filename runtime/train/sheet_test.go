package train

import (
	"image"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// TestSheetsShowTheAverage: what a sheet shows is what the averaged generators draw, and not what the weights at hand do.
func TestSheetsShowTheAverage(t *testing.T) {
	text, err := os.ReadFile("testdata/tiny.yaml")
	require.NoError(t, err)
	c, _, err := nvlabs.ParseTraining([]byte(strings.Replace(string(text), "lr: 0.001", "lr: 0.05", 1)))
	require.NoError(t, err)
	e := cpu.New(cpu.Options{Threads: 1})
	defer e.Close()
	trainer, err := New(t.Context(), e, c, nil, 2)
	require.NoError(t, err)
	defer trainer.Close()
	var b Batch
	h, w := c.Crop()
	one := [2][][]float32{{normal(1, 1, h*w)}, {normal(1, 2, 3*h*w)}}
	b.Pictures = [2][]float32{normal(1, 3, 2*h*w), normal(1, 4, 2*3*h*w)}
	for it := range 3 {
		b.drawStyles(1, it, trainer.noise())
		_, err := trainer.Step(t.Context(), b, false)
		require.NoError(t, err)
	}
	draw := func(trainer *Trainer) image.Image {
		s, err := trainer.newSampler(t.Context(), one)
		require.NoError(t, err)
		defer s.close()
		m, err := s.sheet(t.Context(), s.directions[0])
		require.NoError(t, err)
		return m
	}
	sheet := draw(trainer)
	checkpoint, err := trainer.Checkpoint(t.Context())
	require.NoError(t, err)
	for name, src := range map[string]graph.ParamSource{"average": checkpoint.Averaged(), "weights": checkpoint.Source()} {
		plain := c
		plain.EMA = 0
		other, err := New(t.Context(), e, plain, src, 2)
		require.NoError(t, err)
		assert.Equal(t, name == "average", assert.ObjectsAreEqual(sheet, draw(other)), name)
		other.Close()
	}
}
