package train_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// TestAverage computes the generators' average again from the weights of every iteration. What stays is min(decay, (1 + n)/(10 + n)) after n
// updates, as TensorFlow has it (tf.train.ExponentialMovingAverage with num_updates).
func TestAverage(t *testing.T) {
	const ema = 0.4
	stays := []float64{1. / 10, 2. / 11, 3. / 12, 4. / 13, 5. / 14, 6. / 15, ema, ema}
	text, err := os.ReadFile("testdata/tiny.yaml")
	require.NoError(t, err)
	c, _, err := nvlabs.ParseTraining(append(text, "\nema: 0.4\n"...))
	require.NoError(t, err)
	e := cpu.New(cpu.Options{Threads: 1})
	defer e.Close()
	trainer, err := train.New(t.Context(), e, c, nil, 5)
	require.NoError(t, err)
	defer trainer.Close()
	var b train.Batch
	h, w := c.Crop()
	for d, channels := range [...]int{c.Model.InputDimA, c.Model.InputDimB} {
		b.Pictures[d] = make([]float32, c.BatchSize*channels*h*w)
		for i := range b.Pictures[d] {
			b.Pictures[d][i] = float32(i*i%101)/50 - 1
		}
		for _, styles := range []*[]float32{&b.DisStyles[d], &b.GenStyles[d]} {
			*styles = []float32{-1, 0.5, 0.3, 1.5}
		}
	}

	want := map[string][]float64{} // the average by a weight's name
	for n := range len(stays) + 1 {
		now, err := trainer.Checkpoint(t.Context())
		require.NoError(t, err)
		averages := 0
		for name, tensor := range now.Tensors {
			average := now.Tensors["ema."+name]
			if !strings.HasPrefix(name, "gen_") {
				assert.Nil(t, average, "%s has no average", name)
				continue
			}
			require.NotNil(t, average, name)
			averages++
			values := tensor.Float32s()
			rounded := make([]float32, len(values))
			for i, v := range values {
				if n == 0 {
					want[name] = append(want[name], float64(v))
				} else {
					want[name][i] = stays[n-1]*want[name][i] + (1-stays[n-1])*float64(v)
				}
				rounded[i] = float32(want[name][i])
			}
			require.LessOrEqual(t, optable.MaxAbs(average.Float32s(), rounded), 1e-6, "%s after %d updates", name, n)
		}
		require.Positive(t, averages)
		_, err = trainer.Step(t.Context(), b, false)
		require.NoError(t, err)
	}
}
