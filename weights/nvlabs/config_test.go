package nvlabs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

func TestParseConfigReadsTheModelsKeys(t *testing.T) {
	assert.Equal(t, weights.Config{
		Gen:       weights.Gen{Dim: 8, MLPDim: 32, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 2, PadType: "reflect"},
		Dis:       weights.Dis{Dim: 64, Norm: "none", Activ: "lrelu", NLayer: 4, GANType: "lsgan", NumScales: 3, PadType: "reflect"},
		InputDimA: 3, InputDimB: 3, NewSize: 64, CropImageHeight: 64, CropImageWidth: 64,
	}, tinyConfig(t))
}

// The form that people write by hand: flow style, comments, aliases, and nothing optional.
func TestParseConfigReadsAnyYAML(t *testing.T) {
	c, err := nvlabs.ParseConfig([]byte(`
# hand made
input_dim_a: &channels 1
input_dim_b: *channels
gen: {dim: 4, mlp_dim: 8, style_dim: 2, activ: lrelu, n_downsample: 0, n_res: 1, pad_type: zero}
data_root: ./datasets/x
lr_policy: [step, 3]
`))
	require.NoError(t, err)
	assert.Equal(t, weights.Config{
		Gen:       weights.Gen{Dim: 4, MLPDim: 8, StyleDim: 2, Activ: "lrelu", PadType: "zero", NRes: 1},
		InputDimA: 1, InputDimB: 1,
	}, c)
}

func TestParseConfigNamesTheKey(t *testing.T) {
	whole := string(testdata(t, "config.yaml"))
	replace := func(old, new string) string {
		require.Contains(t, whole, old)
		return strings.Replace(whole, old, new, 1)
	}
	cases := map[string]struct {
		text string
		says []string
	}{
		"empty":         {"", []string{"no gen section"}},
		"not YAML":      {"\t{{", []string{"not YAML"}},
		"a checkpoint":  {"PK\x03\x04\x00\x00", []string{"not YAML"}},
		"a list":        {"- 1\n- 2\n", []string{"not YAML of key: value"}},
		"gen a word":    {"gen: big\n", []string{"gen (line 1)", "not a section"}},
		"no gen.dim":    {replace("  dim: 8\n", ""), []string{"gen.dim is missing"}},
		"no channels":   {replace("input_dim_b: 3\n", ""), []string{"input_dim_b is missing"}},
		"dim a word":    {replace("dim: 8\n", "dim: eight\n"), []string{"gen.dim (line", "eight"}},
		"dim a list":    {replace("dim: 8\n", "dim: [8]\n"), []string{"gen.dim (line"}},
		"dim fraction":  {replace("dim: 8\n", "dim: 8.5\n"), []string{"gen.dim (line"}},
		"dim too big":   {replace("dim: 8\n", "dim: 99999999999999999999999\n"), []string{"gen.dim"}},
		"activation":    {replace("activ: relu", "activ: swish"), []string{"gen.activ", `"swish"`, "lrelu"}},
		"padding":       {replace("pad_type: reflect", "pad_type: mirror"), []string{"gen.pad_type", `"mirror"`, "reflect, replicate, zero"}},
		"dis broken":    {replace("gan_type: lsgan", "gan_type: w"), []string{"dis.gan_type", "lsgan, nsgan"}},
		"no dis.n_laye": {replace("  n_layer: 4\n", ""), []string{"dis.n_layer is missing"}},
		"too long":      {strings.Repeat("#", 2<<20), []string{"2097152 bytes"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := nvlabs.ParseConfig([]byte(c.text))
			require.Error(t, err)
			for _, s := range c.says {
				assert.ErrorContains(t, err, s)
			}
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}
