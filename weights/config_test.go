package weights_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

func TestValidateNamesKeyValueAndWhatIsAllowed(t *testing.T) {
	require.NoError(t, smallConfig().Validate())
	noDis := smallConfig()
	noDis.Dis = weights.Dis{}
	require.NoError(t, noDis.Validate())

	cases := map[string]struct {
		change func(*weights.Config)
		says   []string
	}{
		"zero dim":      {func(c *weights.Config) { c.Gen.Dim = 0 }, []string{"gen.dim", "0", "1 to"}},
		"negative":      {func(c *weights.Config) { c.Gen.MLPDim = -4 }, []string{"gen.mlp_dim", "-4"}},
		"huge":          {func(c *weights.Config) { c.Gen.StyleDim = math.MaxInt }, []string{"gen.style_dim"}},
		"activation":    {func(c *weights.Config) { c.Gen.Activ = "gelu" }, []string{"gen.activ", `"gelu"`, "relu, lrelu, prelu, selu, tanh, none"}},
		"padding":       {func(c *weights.Config) { c.Gen.PadType = "" }, []string{"gen.pad_type", `""`, "reflect, replicate, zero"}},
		"downsample":    {func(c *weights.Config) { c.Gen.NDownsample = 63 }, []string{"gen.n_downsample", "63", "0 to 6"}},
		"no blocks":     {func(c *weights.Config) { c.Gen.NRes = 0 }, []string{"gen.n_res", "1 to"}},
		"channels":      {func(c *weights.Config) { c.InputDimB = 0 }, []string{"input_dim_b", "0"}},
		"wide together": {func(c *weights.Config) { c.Gen.Dim, c.Gen.NDownsample = 1024, 6 }, []string{"gen.dim", "65536"}},
		"big together":  {func(c *weights.Config) { c.Gen.Dim, c.Gen.NDownsample, c.Gen.NRes = 1024, 3, 32 }, []string{"would have [8192 4096 4 4] values", "lower gen.dim"}},
		"heavy":         {func(c *weights.Config) { c.Gen.Dim, c.Gen.NDownsample, c.Gen.NRes = 512, 3, 4 }, []string{"the model would have", "weights", "lower gen.dim"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := smallConfig()
			c.change(&cfg)
			err := cfg.Validate()
			require.Error(t, err)
			for _, s := range c.says {
				assert.ErrorContains(t, err, s)
			}
		})
	}
}

// A model needs no discriminator: what its config says of one, such as a loss that is not known here, is training's to judge.
func TestDiscriminatorsAreTrainings(t *testing.T) {
	c := smallConfig()
	c.Dis.GANType = "wgan"
	require.NoError(t, c.Validate())
	assert.ErrorContains(t, c.Dis.Validate(), `dis.gan_type is "wgan": must be one of lsgan, nsgan`)
	m := smallModel()
	m.Config = c
	back, err := weights.Parse(fileOf(t, m))
	require.NoError(t, err)
	assert.Equal(t, c, back.Config)
}

func TestSizes(t *testing.T) {
	for c, want := range map[weights.Config][2]int{
		{}:                           {0, 0},
		{NewSize: 64}:                {64, 64},
		{NewSizeA: 32, NewSizeB: 48}: {32, 48},
		{NewSize: 64, NewSizeA: 32}:  {64, 64},
	} {
		assert.Equal(t, want, [2]int{c.Size(weights.A), c.Size(weights.B)}, "%+v", c)
	}
}

func names(keys []weights.Key) map[string][]int {
	m := make(map[string][]int)
	for _, k := range keys {
		m[k.Name] = k.Shape
	}
	return m
}

// The paper's generator, written out by hand for its kinds of layers.
func TestKeysOfThePapersGenerator(t *testing.T) {
	c := weights.Config{
		Gen:       weights.Gen{Dim: 64, MLPDim: 256, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 4, PadType: "reflect"},
		InputDimA: 3, InputDimB: 1,
	}
	content := names(c.Keys(weights.A.Network(weights.EncContent)))
	assert.Len(t, content, 1+2+8)
	assert.Equal(t, []int{64, 3, 7, 7}, content["enc_content.model.0.conv.weight"])
	assert.Equal(t, []int{256, 128, 4, 4}, content["enc_content.model.2.conv.weight"])
	assert.Equal(t, []int{256, 256, 3, 3}, content["enc_content.model.3.model.3.model.1.conv.weight"])
	style := names(c.Keys(weights.B.Network(weights.EncStyle)))
	assert.Len(t, style, 12)
	assert.Equal(t, []int{64, 1, 7, 7}, style["enc_style.model.0.conv.weight"])
	assert.Equal(t, []int{256, 256, 4, 4}, style["enc_style.model.4.conv.weight"])
	assert.Equal(t, []int{8}, style["enc_style.model.6.bias"])
	mlp := names(c.Keys(weights.A.Network(weights.MLP)))
	assert.Len(t, mlp, 6)
	assert.Equal(t, []int{4096, 256}, mlp["mlp.model.2.fc.weight"])
	dec := names(c.Keys(weights.B.Network(weights.Dec)))
	assert.Len(t, dec, 8+2*4+2)
	assert.Equal(t, []int{128, 256, 5, 5}, dec["dec.model.2.conv.weight"])
	assert.Equal(t, []int{64}, dec["dec.model.4.norm.gamma"])
	assert.Equal(t, []int{1, 64, 7, 7}, dec["dec.model.5.conv.weight"])
	assert.Equal(t, 4096, c.AdaINDim())
}

func TestKeysOfLearntSlopes(t *testing.T) {
	c := smallConfig()
	slopes := map[weights.Part]int{weights.EncContent: 2 + 1, weights.EncStyle: 5, weights.MLP: 2, weights.Dec: 1 + 1}
	for p, want := range slopes {
		n := 0
		for _, k := range c.Keys(weights.A.Network(p)) {
			if len(k.Name) > 18 && k.Name[len(k.Name)-18:] == ".activation.weight" {
				assert.Equal(t, []int{1}, k.Shape)
				n++
			}
		}
		assert.Equal(t, want, n, p)
	}
}

func TestDiscriminatorKeys(t *testing.T) {
	k := names(smallConfig().DiscriminatorKeys(weights.B))
	assert.Len(t, k, 2*2*3)
	assert.Equal(t, []int{4, 3, 4, 4}, k["cnns.0.0.conv.weight"])
	assert.Equal(t, []int{8, 4, 4, 4}, k["cnns.1.1.conv.weight"])
	assert.Equal(t, []int{1, 8, 1, 1}, k["cnns.1.2.weight"])
}
