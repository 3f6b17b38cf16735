package train

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

func TestInitSharedStartsBothGeneratorsAlike(t *testing.T) {
	const layer = "enc_content.model.1.conv.weight"
	draw := func(shared bool, name string) []float32 {
		values, err := initial{"kaiming", "gaussian", shared, 7}.Float32s(name, []int{4, 3, 3, 3})
		require.NoError(t, err)
		return values
	}
	a := draw(false, "gen_a."+layer)
	assert.Equal(t, a, draw(true, "gen_a."+layer), "a is what it is without")
	assert.Equal(t, a, draw(true, "gen_b."+layer))
	assert.NotEqual(t, a, draw(false, "gen_b."+layer))
	other, err := initial{"kaiming", "gaussian", false, 8}.Float32s("gen_a."+layer, []int{4, 3, 3, 3})
	require.NoError(t, err)
	assert.NotEqual(t, a, other, "another seed")
	assert.NotEqual(t, draw(true, "dis_a.cnns.0.0.conv.weight"), draw(true, "dis_b.cnns.0.0.conv.weight"), "discriminators see different pictures")
}

// TestInitialWeights holds the distributions that weights are drawn from: of convs [out, in, height, width] and linear layers [out, in], those of
// torch.nn.init, kaiming_normal_ (√(2/fan in)) and xavier_normal_ with the gain √2 (√2·√(2/(fan in + fan out))), and NVlabs' N(0, 0.02²).
func TestInitialWeights(t *testing.T) {
	conv, linear, square := []int{64, 16, 3, 3}, []int{256, 128}, []int{32, 8, 4, 4}
	for _, c := range []struct {
		kind, dis, name string
		shape           []int
		deviation       float64
	}{
		{"kaiming", "gaussian", "gen_a.enc_content.model.1.conv.weight", conv, 0.117851},     // √(2/144)
		{"kaiming", "gaussian", "gen_a.mlp.model.1.fc.weight", linear, 0.125},                // √(2/128)
		{"xavier", "gaussian", "gen_b.enc_content.model.1.conv.weight", conv, 0.0745356},     // √(4/(144+576))
		{"xavier", "gaussian", "gen_b.mlp.model.1.fc.weight", linear, 0.102062},              // √(4/(128+256))
		{"gaussian", "kaiming", "gen_a.dec.model.0.conv.weight", square, 0.02},               // whatever the fans
		{"gaussian", "xavier", "gen_a.mlp.model.1.fc.weight", linear, 0.02},                  //
		{"kaiming", "gaussian", "dis_a.cnns.0.1.conv.weight", square, 0.02},                  // by dis alone
		{"gaussian", "kaiming", "dis_a.cnns.0.1.conv.weight", square, 0.125},                 // √(2/128)
		{"gaussian", "xavier", "dis_b.cnns.0.1.conv.weight", []int{64, 16, 3, 3}, 0.0745356}, // √(4/(144+576))
	} {
		values, err := initial{c.kind, c.dis, false, 7}.Float32s(c.name, c.shape)
		require.NoError(t, err)
		mean, second, fourth := moments(values)
		what := fmt.Sprintf("%s, init %s, dis_init %s", c.name, c.kind, c.dis)
		n := math.Sqrt(float64(len(values)))
		assert.InDelta(t, 0, mean/c.deviation, 4/n, what)
		assert.InDelta(t, 1, math.Sqrt(second)/c.deviation, 4/n, what)
		assert.InDelta(t, 3, fourth/(second*second), 0.35, "%s: normal, not uniform", what)
	}
}

// TestInitialVectors: gammas U(0, 1), as NVlabs' layer norm draws them, slopes as PyTorch's PReLU starts, and everything else 0.
func TestInitialVectors(t *testing.T) {
	draw := func(name string) []float32 {
		values, err := initial{"kaiming", "gaussian", false, 7}.Float32s(name, []int{5000})
		require.NoError(t, err)
		return values
	}
	gamma := draw("gen_a.dec.model.2.norm.gamma")
	mean, second, _ := moments(gamma)
	assert.InDelta(t, 0.5, mean, 0.02)
	assert.InDelta(t, 1./3, second, 0.02)
	assert.GreaterOrEqual(t, slices.Min(gamma), float32(0))
	assert.Less(t, slices.Max(gamma), float32(1))
	assert.Equal(t, slices.Repeat([]float32{0.25}, 5000), draw("gen_a.enc_content.model.0.activation.weight"))
	for _, name := range []string{"gen_a.dec.model.2.norm.beta", "gen_a.dec.model.2.conv.bias", "dis_a.cnns.0.0.conv.bias", "gen_b.mlp.model.0.fc.bias"} {
		assert.Equal(t, make([]float32, 5000), draw(name), name)
	}
}

// moments are the means of values, their squares and their fourth powers.
func moments(values []float32) (mean, second, fourth float64) {
	n := float64(len(values))
	for _, v := range values {
		f := float64(v)
		mean, second, fourth = mean+f/n, second+f*f/n, fourth+f*f*f*f/n
	}
	return mean, second, fourth
}

// TestNewDrawsAsConfigSays: init is of the generators, dis_init of the discriminators, and the seed's weights are those of initial.
func TestNewDrawsAsConfigSays(t *testing.T) {
	text, err := os.ReadFile("testdata/tiny.yaml")
	require.NoError(t, err)
	c, _, err := nvlabs.ParseTraining([]byte(strings.Replace(string(text), "init: kaiming", "init: xavier\ndis_init: kaiming\ninit_shared: true", 1)))
	require.NoError(t, err)
	e := cpu.New(cpu.Options{Threads: 1})
	defer e.Close()
	trainer, err := New(t.Context(), e, c, nil, 9)
	require.NoError(t, err)
	defer trainer.Close()
	checkpoint, err := trainer.Checkpoint(t.Context())
	require.NoError(t, err)
	draws := initial{kind: "xavier", dis: "kaiming", shared: true, seed: 9}
	for name, tensor := range checkpoint.Tensors {
		switch {
		case strings.HasPrefix(name, meanPrefix), strings.HasPrefix(name, variancePrefix):
			assert.Equal(t, make([]float32, len(tensor.Float32s())), tensor.Float32s(), name)
		default:
			want, err := draws.Float32s(strings.TrimPrefix(name, averagePrefix), tensor.Shape)
			require.NoError(t, err)
			assert.Equal(t, want, tensor.Float32s(), name)
		}
	}
}
