package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights"
)

// testPictures makes a data folder of four inputs, two of which have true pictures: one and three.
func testPictures(t *testing.T) string {
	dir := t.TempDir()
	for i, name := range []string{"testA/0", "testA/1", "testA/2", "testA/3", "testB/0", "testB/2", "testB_multi/2_1", "testB_multi/2_2", "testB/other"} {
		m := image.NewNRGBA(image.Rect(0, 0, 64, 64))
		for y := range 64 {
			for x := range 64 {
				m.SetNRGBA(x, y, color.NRGBA{uint8(x * (i + 3)), uint8(y * 4), uint8(40 * i), 255})
			}
		}
		path := filepath.Join(dir, name+".png")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, picture.WritePNG(path, m))
	}
	return dir
}

// tinyModel writes the golden model of the fewest weights.
func tinyModel(t *testing.T, change func(*weights.Model) *weights.Model) string {
	return goldenModel(t, "tiny", change)
}

func goldenModel(t *testing.T, name string, change func(*weights.Model) *weights.Model) string {
	path := filepath.Join(t.TempDir(), name+".munit.safetensors")
	require.NoError(t, change(optest.LoadGolden(t, name).Model).WriteFile(path))
	return path
}

func whole(m *weights.Model) *weights.Model { return m }

func TestEvalScoresAModel(t *testing.T) {
	data, output := testPictures(t), filepath.Join(t.TempDir(), "scores")
	args := []string{"eval", "--device", "cpu", "--data", data, "--styles", "3", "--seed", "5"}
	r := munit(t, append(args, "--model", tinyModel(t, whole), "--output", output)...)
	require.Zero(t, r.code, r.stderr)
	assert.Contains(t, r.stdout, "4 inputs, 12 outputs, 4 true pictures")
	assert.Contains(t, r.stderr, "4/4 inputs")
	sheet, err := picture.Open(filepath.Join(output, "sheet.png"))
	require.NoError(t, err)
	assert.Greater(t, sheet.Bounds().Dx(), 7*64, "an input, three styles, three true pictures")
	file, err := os.ReadFile(filepath.Join(output, "scores.json"))
	require.NoError(t, err)
	var s struct {
		Inputs, Outputs, Truths int
		Direction               string
		Diversity, Coverage     struct{ Features, Pixels float64 }
		Frechet                 float64
		Reconstruction          float64 `json:"reconstruction_psnr"`
		Meaning                 struct{ Verdict string }
		Real                    struct{ Inputs, Outputs, Truths int }
	}
	require.NoError(t, json.Unmarshal(file, &s), string(file))
	assert.Equal(t, "a2b", s.Direction)
	assert.Positive(t, s.Diversity.Pixels)
	assert.Positive(t, s.Coverage.Features)
	assert.Positive(t, s.Reconstruction)
	assert.NotEmpty(t, s.Meaning.Verdict)
	assert.Equal(t, [3]int{1, 1, 2}, [3]int{s.Real.Inputs, s.Real.Outputs, s.Real.Truths}, "of the one input with three true pictures, every other one against the rest")
	assert.Contains(t, r.stdout, "what a perfect model would score")

	again := munit(t, append(args, "--model", tinyModel(t, whole), "--json")...)
	require.Zero(t, again.code, again.stderr)
	var other map[string]any
	require.NoError(t, json.Unmarshal([]byte(again.stdout), &other))
	assert.InDelta(t, s.Frechet, other["frechet"], 1e-9, "equal seeds give equal scores")

	oneWay := tinyModel(t, func(m *weights.Model) *weights.Model {
		one, err := m.Only(weights.A2B)
		require.NoError(t, err)
		return one
	})
	r = munit(t, append(args, "--model", oneWay, "--json")...)
	require.Zero(t, r.code, r.stderr)
	assert.Contains(t, r.stdout, `"reconstruction_psnr": null`)
}

// TestEvalDrawsOtherStylesForEachInput: styles that all inputs shared would be few samples of what the model draws. Equal inputs would then have
// the outputs, and the inception score, of one.
func TestEvalDrawsOtherStylesForEachInput(t *testing.T) {
	data, model := testPictures(t), tinyModel(t, whole)
	first, err := os.ReadFile(filepath.Join(data, "testA", "0.png"))
	require.NoError(t, err)
	for i := range 4 {
		require.NoError(t, os.WriteFile(filepath.Join(data, "testA", fmt.Sprint(i)+".png"), first, 0o644))
	}
	score := func(inputs string) float64 {
		r := munit(t, "eval", "--device", "cpu", "--data", data, "--styles", "2", "--inputs", inputs, "--model", model, "--json")
		require.Zero(t, r.code, r.stderr)
		var s struct{ IS float64 }
		require.NoError(t, json.Unmarshal([]byte(r.stdout), &s))
		return s.IS
	}
	assert.Greater(t, math.Abs(score("4")/score("1")-1), 0.01)
}

// TestEvalScoresGreyPictures: the classifier takes three channels, this model's domain a has one.
func TestEvalScoresGreyPictures(t *testing.T) {
	model, data := goldenModel(t, "zero3", whole), testPictures(t)
	r := munit(t, "eval", "--device", "cpu", "--model", model, "--data", data, "--direction", "b2a", "--styles", "2", "--inputs", "2")
	require.Zero(t, r.code, r.stderr)
	assert.Contains(t, r.stdout, "2 inputs, 4 outputs, 2 true pictures")
}

func TestEvalRefusesWhatItCannotScore(t *testing.T) {
	model, data := tinyModel(t, whole), testPictures(t)
	for i, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--data", data}, exitWrongUse, "--model"},
		{[]string{"--model", model}, exitWrongUse, "--data"},
		{[]string{"--model", model, "--data", data, "--styles", "1"}, exitWrongUse, "--styles"},
		{[]string{"--model", model, "--data", data, "--direction", "sideways"}, exitWrongUse, "--direction"},
		{[]string{"--model", model, "--data", t.TempDir()}, exitFailed, "testA"},
		{[]string{"--model", model, "--data", data, "--classifier", model}, exitFailed, "tools/quality"},
		{[]string{"--model", model, "--data", data, "--lpips", "nowhere"}, exitFailed, "pip install lpips"},
		{[]string{"--model", model, "--data", data, "--lpips", model}, exitFailed, "pip install lpips"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := munit(t, append([]string{"eval", "--device", "cpu"}, c.args...)...)
			assert.Equal(t, c.code, r.code)
			assert.Contains(t, r.stderr, c.want)
			assert.Empty(t, r.stdout)
		})
	}
}

// TestEvalGoesOnWithoutBadPictures names inputs, true pictures and others that cannot be read, and scores the rest.
func TestEvalGoesOnWithoutBadPictures(t *testing.T) {
	data, output, model := testPictures(t), filepath.Join(t.TempDir(), "scores"), tinyModel(t, whole)
	for _, name := range []string{"testA/0.png", "testB/2.png"} {
		require.NoError(t, os.WriteFile(filepath.Join(data, name), []byte("no picture"), 0o644))
	}
	args := []string{"eval", "--device", "cpu", "--data", data, "--styles", "2", "--model", model, "--output", output}
	r := munit(t, args...)
	requireError(t, r, 1, "2 of 9 pictures could not be read", "testA/0.png")
	assert.Contains(t, r.stderr, "skipped: "+filepath.Join(data, "testB/2.png"))
	assert.Contains(t, r.stdout, "3 inputs, 6 outputs, 2 true pictures")
	assert.FileExists(t, filepath.Join(output, "sheet.png"))
	assert.FileExists(t, filepath.Join(output, "scores.json"))
	for i := range 4 {
		require.NoError(t, os.WriteFile(filepath.Join(data, fmt.Sprintf("testA/%d.png", i)), nil, 0o644))
	}
	r = munit(t, args...)
	requireError(t, r, 1, "testA/0.png", "not a picture")
	assert.Empty(t, r.stdout)
}

// TestEvalNeedsNoPairsForPSNR: without true pictures those of the outputs' domain are reconstructed.
func TestEvalNeedsNoPairsForPSNR(t *testing.T) {
	data := testPictures(t)
	require.NoError(t, os.RemoveAll(filepath.Join(data, "testB_multi")))
	for _, name := range []string{"0", "2"} {
		require.NoError(t, os.Rename(filepath.Join(data, "testB", name+".png"), filepath.Join(data, "testB", "unpaired"+name+".png")))
	}
	r := munit(t, "eval", "--device", "cpu", "--data", data, "--styles", "2", "--model", tinyModel(t, whole), "--json")
	require.Zero(t, r.code, r.stderr)
	var s struct {
		Truths         int
		Reconstruction *float64 `json:"reconstruction_psnr"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &s))
	assert.Zero(t, s.Truths)
	require.NotNil(t, s.Reconstruction)
	assert.Positive(t, *s.Reconstruction)
}
