package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/eval"
	"github.com/webmunit/webmunit/runtime/picture"
)

// tiny is a config whose trainings take no time.
const tiny = `
max_iter: 6
gen: {dim: 2, mlp_dim: 4, style_dim: 2, activ: relu, n_downsample: 1, n_res: 1, pad_type: reflect}
dis: {dim: 2, norm: none, activ: lrelu, n_layer: 1, gan_type: lsgan, num_scales: 1, pad_type: reflect}
input_dim_a: 1
input_dim_b: 3
new_size: 32
`

// dataSet makes a folder as tools/dataset does, of noise: a few pictures of each set.
func dataSet(t *testing.T) string {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	var labels strings.Builder
	labels.WriteString("file,light,red\n")
	write := func(name string) {
		m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
		for y := range 32 {
			for x := range 32 {
				m.SetNRGBA(x, y, color.NRGBA{uint8(r.IntN(256)), uint8(8 * x), uint8(8 * y), 255})
			}
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, picture.WritePNG(path, m))
	}
	for i := range 3 {
		for _, set := range []string{"trainA", "testA", "testB", "pairsA", "pairsB"} {
			write(fmt.Sprintf("%s/%d.png", set, i))
		}
		write(fmt.Sprintf("testB_multi/%d_1.png", i))
	}
	for i := range 36 {
		write(fmt.Sprintf("trainB/%d.png", i))
		fmt.Fprintf(&labels, "trainB/%d.png,%d,%c\n", i, i%2, 'a'+i%3)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "labels.csv"), []byte(labels.String()), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tiny.yaml"), []byte(tiny), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "doc.md"), []byte("before\n"+tableBegin+"\nold\n"+tableEnd+"\nafter\n"), 0o644))
	return dir
}

func quality(t *testing.T, args ...string) (code int, log string) {
	var stdout, stderr bytes.Buffer
	code = command(t.Context(), args, &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

func TestTableIsMadeRowByRow(t *testing.T) {
	dir := dataSet(t)
	output := filepath.Join(dir, "out")
	table := func(more ...string) (int, string) {
		return quality(t, append([]string{"table", "--device", "cpu", "--data", dir, "--output", output, "--config", filepath.Join(dir, "tiny.yaml"),
			"--doc", filepath.Join(dir, "doc.md"), "--picture", filepath.Join(dir, "shown.png"), "--styles", "2"}, more...)...)
	}
	doc := func() string {
		text, err := os.ReadFile(filepath.Join(dir, "doc.md"))
		require.NoError(t, err)
		return string(text)
	}
	code, log := table("--iterations", "1", "--rows", "munit,cyclegan")
	require.Zero(t, code, log)
	assert.True(t, strings.HasPrefix(doc(), "before\n") && strings.HasSuffix(doc(), "\nafter\n"), doc())
	assert.NotContains(t, doc(), "old")
	assert.Contains(t, doc(), "| MUNIT | 1 |")
	assert.Contains(t, doc(), "| CycleGAN | 1 | 0.00 |", "it has one output for an input")
	assert.Contains(t, doc(), "| UNIT | not run |")
	assert.Contains(t, doc(), "that of CycleGAN is 0")
	name := filepath.Base(dir)
	assert.FileExists(t, filepath.Join(output, name, "munit-1", shownName))
	assert.FileExists(t, filepath.Join(dir, "shown.png"))
	assert.Contains(t, doc(), "**"+name+"**")
	assert.NotContains(t, doc(), "paper", "it has no table of such pictures")
	assert.NotContains(t, doc(), "LPIPS", "nothing measured it")

	code, log = table("--iterations", "1")
	require.Zero(t, code, log)
	assert.Contains(t, log, "MUNIT, seed 1: done already")
	assert.NotContains(t, doc(), "not run")
	assert.NotContains(t, doc(), "±")
	code, log = table("--iterations", "1", "--rows", "munit", "--seeds", "1,2")
	require.Zero(t, code, log)
	assert.Regexp(t, `\| MUNIT \| 1 \| \d+\.\d\d ±\d`, doc())
	assert.Contains(t, doc(), "seed 1 and 2")
	code, log = table("--iterations", "2", "--rows", "munit-no-s")
	require.Zero(t, code, log)
	assert.Contains(t, doc(), "| MUNIT without style reconstruction | 2 |")

	code, log = table("--iterations", "1", "--rows", "munit-no-s")
	assert.Equal(t, 1, code)
	assert.Contains(t, log, "2 iterations already")
	changed := strings.Replace(tiny, "max_iter: 6", "max_iter: 6\nlr: 0.01", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tiny.yaml"), []byte(changed), 0o644))
	code, log = table("--iterations", "2", "--rows", "munit")
	assert.Equal(t, 1, code)
	assert.Contains(t, log, "another config")
}

// TestTablesOfThePaper: sets that the paper has a table of are shown beside it.
func TestTablesOfThePaper(t *testing.T) {
	one, half := 1.0, 0.5
	scores := func(diversity float64) []*result {
		s := &eval.Scores{Diversity: &eval.Distances{Features: diversity, Pixels: half}, Frechet: &one}
		return []*result{{Iterations: 5000, Scores: s}}
	}
	text := table("shoes", map[string][]*result{"munit": scores(6), "unit": scores(2)})
	assert.Contains(t, text, "| | iterations | diversity | in pixels | Fréchet | paper: quality, LPIPS |\n|---|--:|--:|--:|--:|--:|\n| MUNIT | 5000 | 6.00 | 0.500 | 1 | 50.0 %, .109 |")
	assert.Contains(t, text, "| CycleGAN | not run | – | – | – | 36.0 %, .010 |")
	assert.Contains(t, text, "3.0 times that of UNIT")
	assert.Equal(t, "1.50 ±0.50", spread([]float64{1, 2}, "%.2f"))
}

func TestRowsChangeTheConfig(t *testing.T) {
	for _, r := range rows {
		c, text, err := r.training(waresConfig)
		require.NoError(t, err, r.name)
		want := "MUNIT"
		if name, ok := r.config["trainer"].(string); ok {
			want = name
		}
		assert.Equal(t, want, c.Trainer)
		for key := range r.config {
			assert.Contains(t, string(text), key)
		}
	}
	c, _, err := rows[3].training(waresConfig)
	require.NoError(t, err)
	assert.Zero(t, c.ReconSW)
	assert.Equal(t, 10.0, c.ReconXW)
}

func TestClassifierIsTrainedByOneCommand(t *testing.T) {
	dir := dataSet(t)
	output := filepath.Join(dir, "c.safetensors")
	code, log := quality(t, "classifier", "--data", dir, "--output", output, "--rounds", "1")
	require.Zero(t, code, log)
	assert.Contains(t, log, "light: right for ")
	assert.Contains(t, log, "of 3 classes")
	assert.FileExists(t, output)
}

func TestWrongUseIsSaid(t *testing.T) {
	data := dataSet(t)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "--help"},
		{[]string{"--help"}, 0, "go run ./tools/quality table"},
		{[]string{"table"}, 2, "--data"},
		{[]string{"table", "--iterations", "few"}, 2, "iterations"},
		{[]string{"table", "--data", "nowhere", "--output", "x", "--rows", "pix2pix"}, 2, "munit-no-x"},
		{[]string{"table", "--data", "nowhere", "--output", "x"}, 1, "nowhere"},
		{[]string{"table", "--data", data, "--output", "x", "--seeds", "1,b"}, 2, "1,2"},
		{[]string{"table", "--data", data + "," + data, "--output", "x"}, 2, "rename one"},
		{[]string{"classifier", "--data", t.TempDir()}, 1, "tools/dataset"},
		{[]string{"classifier", "x"}, 2, "unexpected"},
	} {
		code, log := quality(t, c.args...)
		assert.Equal(t, c.code, code, log)
		assert.Contains(t, log, c.want)
	}
}
