package main

import (
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights"
)

// A folder of checkpoints becomes one model: what belongs to the one that is named goes with it, and is said.
func TestConvertJunyanz(t *testing.T) {
	dir := t.TempDir()
	put := func(from, name string) string {
		data, err := os.ReadFile(kinData + from)
		require.NoError(t, err)
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o644))
		return path
	}
	a, b := put("cyclegan/latest_net_G_A.pth", "latest_net_G_A.pth"), put("cyclegan/latest_net_G_A.pth", "latest_net_G_B.pth")
	horse := filepath.Join(dir, "horse.munit.safetensors")
	r := done(t, "convert", "--checkpoint", a, "--output", horse, "--dtype", "int8", "--domain-a", "horse", "--domain-b", "zebra")
	assert.Contains(t, r.stderr, "latest_net_G_B.pth beside it is the other direction's")
	assert.Contains(t, r.stdout, "horse to zebra; one picture of each, without styles")
	m, err := weights.Open(horse)
	require.NoError(t, err)
	assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
	assert.Equal(t, 256, m.Config.NewSize)

	r = done(t, "convert", "--checkpoint", b, "--output", horse, "--direction", "b2a", "--size", "64")
	assert.NotContains(t, r.stderr, "beside it")
	m, err = weights.Open(horse)
	require.NoError(t, err)
	assert.Equal(t, []weights.Direction{weights.B2A}, m.Directions())
	assert.Equal(t, 64, m.Config.NewSize)

	out := filepath.Join(dir, "out")
	done(t, "translate", "--model", horse, "--input", "testdata/drawing.png", "--output", out, "--device", "cpu")
	assert.FileExists(t, filepath.Join(out, "drawing-000.png"))
	for _, flags := range [][]string{{"--styles", "3"}, {"--style", "testdata/drawing.png"}, {"--style-code", "1,2"}} {
		r := munit(t, append([]string{"translate", "--model", horse, "--input", "testdata/drawing.png", "--output", out}, flags...)...)
		assert.Equal(t, exitWrongUse, r.code, flags)
		assert.Contains(t, r.stderr, "CycleGAN, which has no styles")
	}

	unit := filepath.Join(dir, "unit.munit.safetensors")
	done(t, "convert", "--checkpoint", kinData+"unit/gen.pt", "--config", kinData+"unit/config.yaml", "--output", unit)
	done(t, "translate", "--model", unit, "--noise", "--input", "testdata/drawing.png", "--output", out, "--device", "cpu", "--styles", "2")
	assert.NotEqual(t, must(os.ReadFile(filepath.Join(out, "drawing-000.png"))), must(os.ReadFile(filepath.Join(out, "drawing-001.png"))))
	r = munit(t, "translate", "--model", horse, "--noise", "--input", "testdata/drawing.png", "--output", out)
	assert.Equal(t, exitWrongUse, r.code)
	assert.Contains(t, r.stderr, "only UNIT's code")
	r = done(t, "convert", "--checkpoint", unit, "--noise", "--output", horse)
	assert.Contains(t, r.stdout, "they are noise")
	r = munit(t, "translate", "--model", horse, "--style", "testdata/drawing.png", "--input", "testdata/drawing.png", "--output", out)
	assert.Equal(t, exitWrongUse, r.code)
	assert.Contains(t, r.stderr, "are noise, and cannot be taken from pictures")

	shoe := filepath.Join(dir, "shoe.munit.safetensors")
	g, _ := put("bicyclegan/latest_net_G.pth", "latest_net_G.pth"), put("bicyclegan/latest_net_E.pth", "latest_net_E.pth")
	r = done(t, "convert", "--checkpoint", g, "--output", shoe, "--size", "128")
	assert.Contains(t, r.stderr, "latest_net_E.pth beside it is its style encoder")
	big := filepath.Join(dir, "big.png")
	require.NoError(t, picture.WritePNG(big, image.NewNRGBA(image.Rect(0, 0, 130, 140))))
	done(t, "translate", "--model", shoe, "--input", big, "--output", out, "--device", "cpu", "--styles", "2")
	done(t, "translate", "--model", shoe, "--input", big, "--output", out, "--device", "cpu", "--style", big)
	require.NoError(t, os.Remove(filepath.Join(dir, "latest_net_E.pth")))
	done(t, "convert", "--checkpoint", g, "--output", shoe)
	r = munit(t, "translate", "--model", shoe, "--input", big, "--output", out, "--device", "cpu", "--style", big)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.stderr, "no style encoder")

	for name, c := range map[string]struct {
		code int
		want string
		args []string
	}{
		"a negative size":      {exitWrongUse, "--size is -1", []string{"--checkpoint", a, "--size", "-1"}},
		"statistics of none":   {exitFailed, "leave --eval out", []string{"--checkpoint", a, "--eval"}},
		"a style encoder":      {exitFailed, "latest_net_G.pth that lies beside it", []string{"--checkpoint", put("bicyclegan/latest_net_E.pth", "latest_net_E.pth")}},
		"a config for nothing": {exitFailed, "leave --config out", []string{"--checkpoint", a, "--config", nvlabsData + "config.yaml"}},
	} {
		r := munit(t, append([]string{"convert", "--output", filepath.Join(dir, "x")}, c.args...)...)
		assert.Equal(t, c.code, r.code, name)
		assert.Contains(t, r.stderr, c.want, name)
	}
}
