package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

func TestConvert(t *testing.T) {
	dir := t.TempDir()
	out := func(name string) string { return filepath.Join(dir, "out", name+".munit.safetensors") }
	for _, form := range []string{"gen", "gen_legacy"} {
		r := done(t, "convert", "--checkpoint", nvlabsData+form+".pt", "--config", nvlabsData+"config.yaml", "--output", out(form), "--dtype", "f32")
		assert.NotContains(t, r.stdout, "rounding", "f32 is exact")
	}
	a, err := os.ReadFile(out("gen"))
	require.NoError(t, err)
	b, err := os.ReadFile(out("gen_legacy"))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(a, b), "both forms of a checkpoint give one model")

	r := done(t, "convert", "--checkpoint", nvlabsData+"gen.pt", "--config", nvlabsData+"config.yaml", "--output", out("one"), "--dtype", "int4",
		"--direction", "a2b", "--domain-a", "sketch", "--domain-b", "shoe", "--license", "CC0", "--source", "a test", "--preview", "testdata/drawing.png")
	assert.Contains(t, r.stdout, "rounding")
	m, err := weights.Open(out("one"))
	require.NoError(t, err)
	assert.Equal(t, []string{"sketch", "shoe", "CC0", "a test"}, []string{m.DomainA, m.DomainB, m.License, m.Source})
	assert.Equal(t, []weights.Direction{weights.A2B}, m.Directions())
	assert.Equal(t, weights.Int4, m.DType)
	preview, err := png.DecodeConfig(bytes.NewReader(m.Preview))
	require.NoError(t, err)
	assert.Equal(t, []int{64, 64}, []int{preview.Width, preview.Height})
	assert.Less(t, len(must(os.ReadFile(out("one"))))*6, len(a), "an eighth of the weights, half of them")

	done(t, "convert", "--checkpoint", out("one"), "--output", out("again"), "--dtype", "f16", "--domain-b", "boot")
	m, err = weights.Open(out("again"))
	require.NoError(t, err)
	assert.Equal(t, []string{"sketch", "boot", "CC0", "a test"}, []string{m.DomainA, m.DomainB, m.License, m.Source}, "a model keeps what it is not told anew")
	assert.Equal(t, weights.F16, m.DType)
	assert.Equal(t, []weights.Direction{weights.A2B}, m.Directions())
	done(t, "translate", "--model", out("one"), "--input", "testdata/drawing.png", "--output", dir, "--size", "16", "--device", "cpu")
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

// TestBadConversions: each is refused, and a model that was there stays as it was.
func TestBadConversions(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o644))
		return path
	}
	config := string(must(os.ReadFile(nvlabsData + "config.yaml")))
	changed := func(name, from, to string) string {
		require.Contains(t, config, from)
		return file(name, []byte(strings.Replace(config, from, to, 1)))
	}
	gen, yaml := nvlabsData+"gen.pt", nvlabsData+"config.yaml"
	output := file("model.munit.safetensors", []byte("what was there"))
	checkpoint := file("copy.pt", must(os.ReadFile(gen)))

	for name, c := range map[string]struct {
		code int
		says []string
		args []string
	}{
		"no checkpoint":      {2, []string{"--checkpoint is missing"}, []string{"--config", yaml, "--output", output}},
		"no config":          {2, []string{"--config is missing", "YAML"}, []string{"--checkpoint", gen, "--output", output}},
		"no output":          {2, []string{"--output is missing"}, []string{"--checkpoint", gen, "--config", yaml}},
		"unknown dtype":      {2, []string{`"int2"`, "int8"}, []string{"--checkpoint", gen, "--config", yaml, "--output", output, "--dtype", "int2"}},
		"unknown direction":  {2, []string{`"up"`}, []string{"--checkpoint", gen, "--config", yaml, "--output", output, "--direction", "up"}},
		"missing checkpoint": {1, []string{"nowhere.pt"}, []string{"--checkpoint", "nowhere.pt", "--config", yaml, "--output", output}},
		"directory":          {1, []string{dir, "not a file"}, []string{"--checkpoint", dir, "--config", yaml, "--output", output}},
		"missing config":     {1, []string{"nowhere.yaml"}, []string{"--checkpoint", gen, "--config", "nowhere.yaml", "--output", output}},
		"not a config":       {1, []string{"gen"}, []string{"--checkpoint", gen, "--config", file("list.yaml", []byte("- a\n- b\n")), "--output", output}},
		"config that does not fit": {1, []string{"enc_content.model.0.conv.weight", "[8 3 7 7]", "[16 3 7 7]"},
			[]string{"--checkpoint", gen, "--config", changed("dim.yaml", "dim: 8\n", "dim: 16\n"), "--output", output}},
		"optimizer":          {1, []string{"optimizer.pt", "gen_*.pt"}, []string{"--checkpoint", "testdata/optimizer.pt", "--config", yaml, "--output", output}},
		"not a checkpoint":   {1, []string{"drawing.png"}, []string{"--checkpoint", "testdata/drawing.png", "--config", yaml, "--output", output}},
		"truncated":          {1, []string{"cut.pt"}, []string{"--checkpoint", file("cut.pt", must(os.ReadFile(gen))[:100000]), "--config", yaml, "--output", output}},
		"preview":            {1, []string{"config.yaml", "not a picture"}, []string{"--checkpoint", gen, "--config", yaml, "--output", output, "--preview", yaml}},
		"onto itself":        {1, []string{"copy.pt is read by this run"}, []string{"--checkpoint", checkpoint, "--config", yaml, "--output", checkpoint}},
		"onto a directory":   {1, []string{"is a directory"}, []string{"--checkpoint", gen, "--config", yaml, "--output", dir}},
		"into a file's file": {1, []string{"output directory"}, []string{"--checkpoint", gen, "--config", yaml, "--output", filepath.Join(output, "x")}},
	} {
		t.Run(name, func(t *testing.T) {
			before := files(t, dir)
			requireError(t, munit(t, append([]string{"convert"}, c.args...)...), c.code, c.says...)
			assert.Equal(t, before, files(t, dir))
			assert.Equal(t, "what was there", string(must(os.ReadFile(output))))
			assert.Equal(t, must(os.ReadFile(gen)), must(os.ReadFile(checkpoint)))
		})
	}
}

// TestExportIsReadBack: what export writes for PyTorch gives the model again, from either of its files.
func TestExportIsReadBack(t *testing.T) {
	dir := t.TempDir()
	model := tiny(t, func(m *weights.Model) *weights.Model {
		m.DomainA, m.DomainB, m.License, m.Source = "sketch", "shoe", "CC0", "a test"
		return m
	})
	done(t, "export", "--model", model, "--format", "safetensors", "--output", dir)
	back := filepath.Join(dir, "back.munit.safetensors")
	for _, name := range []string{"gen_a.safetensors", "gen_b.safetensors"} {
		done(t, "convert", "--checkpoint", filepath.Join(dir, name), "--output", back, "--dtype", "f32")
		assert.True(t, bytes.Equal(must(os.ReadFile(model)), must(os.ReadFile(back))), name)
	}
	requireError(t, munit(t, "convert", "--checkpoint", filepath.Join(dir, "gen_a.safetensors"), "--output", filepath.Join(dir, "gen_b.safetensors")), 1, "read by this run")

	networks := filepath.Join(dir, "[onnx]")
	done(t, "export", "--model", model, "--output", networks)
	for _, name := range []string{"a2b.onnx", "enc_style_b.onnx"} {
		done(t, "convert", "--checkpoint", filepath.Join(networks, name), "--output", back, "--dtype", "f32")
		assert.True(t, bytes.Equal(must(os.ReadFile(model)), must(os.ReadFile(back))), name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(networks, "foreign.onnx"), []byte("hello"), 0o644))
	requireError(t, munit(t, "convert", "--checkpoint", filepath.Join(networks, "foreign.onnx"), "--output", back), 1, "not an ONNX model", "munit export")
	require.NoError(t, os.Rename(filepath.Join(networks, "enc_style_b.onnx"), filepath.Join(dir, "alone.onnx")))
	requireError(t, munit(t, "convert", "--checkpoint", filepath.Join(dir, "alone.onnx"), "--output", back), 1, "in no direction")

	require.NoError(t, os.Rename(filepath.Join(dir, "gen_b.safetensors"), filepath.Join(dir, "other.safetensors")))
	requireError(t, munit(t, "convert", "--checkpoint", filepath.Join(dir, "gen_a.safetensors"), "--output", back), 1, "in no direction", "a2b lacks gen_b.mlp, gen_b.dec")
	other := tiny(t, func(m *weights.Model) *weights.Model {
		m.Config.NewSize = 32
		return m
	})
	there := filepath.Join(dir, "other")
	done(t, "export", "--model", other, "--format", "safetensors", "--output", there)
	require.NoError(t, os.Rename(filepath.Join(there, "gen_b.safetensors"), filepath.Join(dir, "gen_b.safetensors")))
	requireError(t, munit(t, "convert", "--checkpoint", filepath.Join(dir, "gen_a.safetensors"), "--output", back), 1, "of another model")
}

// TestNothingIsMadeThatTranslatesNothing: a model file can be such a one, and is named when it is described, used or converted.
func TestNothingIsMadeThatTranslatesNothing(t *testing.T) {
	styles := tiny(t, func(m *weights.Model) *weights.Model {
		for name := range m.Tensors {
			if !strings.Contains(name, ".enc_style.") {
				delete(m.Tensors, name)
			}
		}
		return m
	})
	output := filepath.Join(t.TempDir(), "o.munit.safetensors")
	requireError(t, munit(t, "convert", "--checkpoint", styles, "--output", output), 1, "in no direction", "it holds gen_a.enc_style, gen_b.enc_style", "b2a lacks gen_b.enc_content")
	assert.NoFileExists(t, output)
	requireError(t, munit(t, "translate", "--model", styles, "--input", "testdata/drawing.png", "--output", t.TempDir()), 1, "in no direction")
	assert.Contains(t, done(t, "info", styles).stdout, "none: it can translate in no direction")
}

// TestConfigsAsNVlabsTakesThem: keys that a model does not need may hold anything, sizes may differ by domain, and a key may be there twice.
func TestConfigsAsNVlabsTakesThem(t *testing.T) {
	config := string(must(os.ReadFile(nvlabsData + "config.yaml")))
	dir := t.TempDir()
	path, output := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "o.munit.safetensors")
	text := strings.NewReplacer("gan_type: lsgan", "gan_type: hinge", "new_size: 64", "new_size_a: 64\nnew_size_b: 48", "input_dim_a: 3", "input_dim_a: 1\ninput_dim_a: 3").Replace(config)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	r := done(t, "convert", "--checkpoint", nvlabsData+"gen.pt", "--config", path, "--output", output)
	assert.Contains(t, r.stderr, "input_dim_a is there twice")
	assert.Contains(t, r.stdout, "64 pixels in a and 48 in b")
}
