package nvlabs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func tinyConfig(t testing.TB) weights.Config {
	t.Helper()
	cfg, _, err := nvlabs.ParseConfig(testdata(t, "config.yaml"))
	require.NoError(t, err)
	return cfg
}

func importBytes(data []byte, cfg weights.Config) (*weights.Model, error) {
	return nvlabs.Import(bytes.NewReader(data), int64(len(data)), cfg)
}

// Both files were written by PyTorch, from weights by formula.
func TestImportReadsBothFormsExactly(t *testing.T) {
	cfg := tinyConfig(t)
	want := formula.Model(cfg, "golden/tiny", "a", "b")
	for _, name := range []string{"gen.pt", "gen_legacy.pt"} {
		t.Run(name, func(t *testing.T) {
			m, err := importBytes(testdata(t, name), cfg)
			require.NoError(t, err)
			require.Len(t, m.Tensors, len(want.Tensors))
			for key, w := range want.Tensors {
				assert.Equal(t, w, m.Tensors[key], key)
			}
			assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
		})
	}
}

func TestImportLeavesOutWhatHasNoEffect(t *testing.T) {
	m, err := importBytes(testdata(t, "gen.pt"), tinyConfig(t))
	require.NoError(t, err)
	for name := range m.Tensors {
		assert.NotContains(t, name, "running_")
		if strings.HasSuffix(name, ".bias") {
			assert.NotContains(t, name, "enc_content")
			assert.NotContains(t, name, "dec.model.0")
		}
	}
	assert.Contains(t, m.Tensors, "gen_a.dec.model.2.conv.bias", "a bias before layer norm counts")
}

func TestImportNamesTensorShapesAndKeyThatDoNotFit(t *testing.T) {
	cases := map[string]struct {
		change func(*weights.Config)
		says   []string
	}{
		"dim":          {func(c *weights.Config) { c.Gen.Dim = 16 }, []string{`"gen_a.enc_content.model.0.conv.weight"`, "[8 3 7 7]", "[16 3 7 7]", "set gen.dim to 8 (it is 16)"}},
		"style_dim":    {func(c *weights.Config) { c.Gen.StyleDim = 4 }, []string{`"gen_a.enc_style.model.6.weight"`, "[8 32 1 1]", "[4 32 1 1]", "set gen.style_dim to 8"}},
		"mlp_dim":      {func(c *weights.Config) { c.Gen.MLPDim = 64 }, []string{`"gen_a.mlp.model.0.fc.weight"`, "[32 8]", "[64 8]", "set gen.mlp_dim to 32"}},
		"more n_res":   {func(c *weights.Config) { c.Gen.NRes = 4 }, []string{`"gen_a.enc_content.model.3.model.2.model.0.conv.weight"`, "not in the checkpoint", "set gen.n_res to 2"}},
		"fewer n_res":  {func(c *weights.Config) { c.Gen.NRes = 1 }, []string{`"gen_a.mlp.model.2.fc.weight"`, "[256 32]", "[128 32]", "set gen.n_res to 2"}},
		"n_downsample": {func(c *weights.Config) { c.Gen.NDownsample = 3 }, []string{`"gen_a.enc_content.model.3.conv.weight"`, "set gen.n_downsample to 2"}},
		"input_dim_b":  {func(c *weights.Config) { c.InputDimB = 1 }, []string{`"gen_b.enc_content.model.0.conv.weight"`, "[8 3 7 7]", "[8 1 7 7]", "set input_dim_b to 3"}},
		"activ":        {func(c *weights.Config) { c.Gen.Activ = "prelu" }, []string{`"gen_a.enc_content.model.0.activation.weight"`, "set gen.activ"}},
	}
	data := testdata(t, "gen.pt")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := tinyConfig(t)
			c.change(&cfg)
			_, err := importBytes(data, cfg)
			require.Error(t, err)
			for _, s := range c.says {
				assert.ErrorContains(t, err, s)
			}
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestImportOfTruncatedFilesFailsWithoutPanic(t *testing.T) {
	cfg := tinyConfig(t)
	for _, name := range []string{"gen.pt", "gen_legacy.pt"} {
		data := testdata(t, name)
		for _, keep := range []int{0, 1, 3, 15, 21, 100, 200, 5000, 14265, 20000, len(data) / 2, len(data) - 1} {
			_, err := importBytes(data[:keep], cfg)
			assert.Error(t, err, "%s cut to %d bytes", name, keep)
		}
	}
	_, err := importBytes(testdata(t, "gen_legacy.pt")[:20000], cfg)
	assert.ErrorContains(t, err, "truncated within storage")
}

// A size that the reader does not back must not be believed.
func TestImportWithAWrongSize(t *testing.T) {
	for _, size := range []int64{-1, 0, 1 << 60} {
		_, err := nvlabs.Import(bytes.NewReader(testdata(t, "gen.pt")), size, tinyConfig(t))
		assert.Error(t, err, "size %d", size)
	}
}
