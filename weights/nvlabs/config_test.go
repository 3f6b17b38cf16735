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
	c, _, err := nvlabs.ParseConfig([]byte(`
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
		"empty":        {"", []string{"no gen section"}},
		"not YAML":     {"\t{{", []string{"not YAML"}},
		"a checkpoint": {"PK\x03\x04\x00\x00", []string{"not YAML"}},
		"a list":       {"- 1\n- 2\n", []string{"not YAML of key: value"}},
		"gen a word":   {"gen: big\n", []string{"gen (line 1)", "not a section"}},
		"no gen.dim":   {replace("  dim: 8\n", ""), []string{"gen.dim is missing"}},
		"no channels":  {replace("input_dim_b: 3\n", ""), []string{"input_dim_b is missing"}},
		"dim a word":   {replace("dim: 8\n", "dim: eight\n"), []string{"gen.dim (line", "eight"}},
		"dim a list":   {replace("dim: 8\n", "dim: [8]\n"), []string{"gen.dim (line"}},
		"dim fraction": {replace("dim: 8\n", "dim: 8.5\n"), []string{"gen.dim (line"}},
		"dim too big":  {replace("dim: 8\n", "dim: 99999999999999999999999\n"), []string{"gen.dim"}},
		"activation":   {replace("activ: relu", "activ: swish"), []string{"gen.activ", `"swish"`, "lrelu"}},
		"padding":      {replace("pad_type: reflect", "pad_type: mirror"), []string{"gen.pad_type", `"mirror"`, "reflect, replicate, zero"}},
		"a web page":   {"<!doctype html>\n<p>gen: 1", []string{"not YAML", "a web page"}},
		"an LFS link":  {"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", []string{"git lfs pull"}},
		"merge bomb":   {"a: &a {x: 1}\n" + mergeBomb(), []string{"too many keys"}},
		"too long":     {strings.Repeat("#", 2<<20), []string{"2097152 bytes"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := nvlabs.ParseConfig([]byte(c.text))
			require.Error(t, err)
			for _, s := range c.says {
				assert.ErrorContains(t, err, s)
			}
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

// mergeBomb is lines each of which merges the one before ten times.
func mergeBomb() string {
	text, last := "", "a"
	for _, name := range []string{"b", "c", "d", "e", "f", "g"} {
		text += name + ": &" + name + " {<<: [" + strings.TrimSuffix(strings.Repeat("*"+last+", ", 10), ", ") + "]}\n"
		last = name
	}
	return text + "<<: *" + last + "\n"
}

// TestParseConfigNeedsNoDiscriminator: what training could not do with is no matter for a model.
func TestParseConfigNeedsNoDiscriminator(t *testing.T) {
	whole := string(testdata(t, "config.yaml"))
	want := tinyConfig(t)
	want.Dis = weights.Dis{}
	from, _, _ := strings.Cut(whole[strings.Index(whole, "\ndis:")+1:], "input_dim_a")
	for name, dis := range map[string]string{
		"wgan": strings.Replace(from, "lsgan", "wgan", 1), "hinge": strings.Replace(from, "lsgan", "hinge", 1), "empty": "dis:\n", "none": "", "a word": "dis: big\n",
		"a key short": strings.Replace(from, "  n_layer: 4\n", "", 1), "a huge one": strings.Replace(from, "n_layer: 4", "n_layer: 400", 1),
	} {
		require.NotEqual(t, from, dis)
		c, warnings, err := nvlabs.ParseConfig([]byte(strings.Replace(whole, from, dis, 1)))
		require.NoError(t, err, name)
		assert.Equal(t, want, c, name)
		assert.Empty(t, warnings)
		_, _, err = nvlabs.ParseTraining([]byte(strings.Replace(whole, from, dis, 1)))
		assert.ErrorContains(t, err, "dis", name)
	}
}

// TestTwiceIsTheLast: what PyYAML's safe_load gives for the same text, 16, 2 and 5.
func TestTwiceIsTheLast(t *testing.T) {
	text := `
base: &base {dim: 4, n_res: 2, pad_type: zero}
more: &more {n_res: 9, style_dim: 5}
input_dim_a: 1
input_dim_a: 3
input_dim_b: 3
gen:
  dim: 8
  <<: [*base, *more]
  mlp_dim: 8
  activ: relu
  n_downsample: 0
  dim: 16
`
	c, warnings, err := nvlabs.ParseConfig([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, weights.Gen{Dim: 16, MLPDim: 8, StyleDim: 5, Activ: "relu", NRes: 2, PadType: "zero"}, c.Gen)
	assert.Equal(t, 3, c.InputDimA)
	assert.Equal(t, []string{
		"the config's key gen.dim is there twice (lines 8 and 13): the last counts, as in PyYAML",
		"the config's key input_dim_a is there twice (lines 4 and 5): the last counts, as in PyYAML",
	}, warnings)
}

// TestSizesOfConfigs: new_size counts for both domains, and the domains' own without it, as NVlabs' loader has it.
func TestSizesOfConfigs(t *testing.T) {
	whole := string(testdata(t, "config.yaml"))
	for size, want := range map[string][2]int{
		"new_size: 64": {64, 64}, "new_size_a: 32\nnew_size_b: 48": {32, 48}, "new_size_a: 32\nnew_size_b: 32": {32, 32},
		"new_size: 64\nnew_size_a: 32\nnew_size_b: 48": {64, 64}, "new_size_b: 48": {0, 48},
	} {
		c, _, err := nvlabs.ParseConfig([]byte(strings.Replace(whole, "new_size: 64", size, 1)))
		require.NoError(t, err)
		assert.Equal(t, want, [2]int{c.Size(weights.A), c.Size(weights.B)}, size)
	}
	c, _, err := nvlabs.ParseConfig([]byte(strings.Replace(whole, "new_size: 64", "new_size_a: 32\nnew_size_b: 32", 1)))
	require.NoError(t, err)
	assert.Equal(t, 32, c.NewSize)
}
