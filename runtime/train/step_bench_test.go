package train_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// BenchmarkStep times an iteration at the size of the first avatars model: profile it to see where time goes.
func BenchmarkStep(b *testing.B) {
	c, _, err := nvlabs.ParseTraining([]byte(`
batch_size: 2
recon_x_cyc_w: 5
gen: {dim: 16, mlp_dim: 64, style_dim: 8, activ: relu, n_downsample: 2, n_res: 2, pad_type: reflect}
dis: {dim: 24, norm: none, activ: lrelu, n_layer: 3, gan_type: lsgan, num_scales: 2, pad_type: reflect}
input_dim_a: 3
input_dim_b: 3
new_size: 64`))
	require.NoError(b, err)
	e := cpu.New(cpu.Options{})
	defer e.Close()
	t, err := train.New(b.Context(), e, c, nil, 1)
	require.NoError(b, err)
	defer t.Close()
	var batch train.Batch
	for d := range 2 {
		batch.Pictures[d] = make([]float32, 2*3*64*64)
		for i := range batch.Pictures[d] {
			batch.Pictures[d][i] = float32(i%97)/48 - 1
		}
		batch.DisStyles[d], batch.GenStyles[d] = make([]float32, 2*8), make([]float32, 2*8)
	}
	b.ReportMetric(float64(t.Memory().Arena)/(1<<20), "MiB")
	for b.Loop() {
		_, err := t.Step(b.Context(), batch, false)
		require.NoError(b, err)
	}
}
