package train_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/train"
)

// TestDisLR: after one iteration Adam has moved weights by about the rate: the discriminators' by dis_lr, the generators' by lr.
func TestDisLR(t *testing.T) {
	data := pictures(t, 3)
	after := func(lr, disLR string) *train.Checkpoint {
		output := t.TempDir()
		_, err := run(t, t.Context(), options(t, data, output, &watch{}, "lr: 0.001", "lr: "+lr+"\ndis_lr: "+disLR, "max_iter: 6", "max_iter: 1", "weight_decay: 0.0001", "weight_decay: 0"))
		require.NoError(t, err)
		c, _, err := train.Last(filepath.Join(output, train.CheckpointDir))
		require.NoError(t, err)
		return c
	}
	still, moved := after("1e-9", "1e-9"), after("0.002", "0.0005")
	for name, tensor := range moved.Tensors {
		rate, is := 0.002, strings.HasPrefix(name, "gen_")
		if strings.HasPrefix(name, "dis_") {
			rate, is = 0.0005, true
		}
		if !is || len(tensor.Shape) < 4 {
			continue
		}
		most, from := 0.0, still.Tensors[name].Float32s()
		for i, v := range tensor.Float32s() {
			most = max(most, math.Abs(float64(v-from[i])))
		}
		assert.InDelta(t, rate, most, 0.02*rate, name)
	}
}
