package main

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// TestTranslateDrawing holds the files written against what the Translator gives for the same seed, and shows them on a sheet.
func TestTranslateDrawing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "new", "out")
	sheet := filepath.Join(out, "..", "sheet.png")
	r := done(t, "translate", "--model", avatars, "--input", "testdata/drawing.png", "testdata/other.png",
		"--output", out, "--styles", "2", "--seed", "7", "--sheet", sheet, "--device", "cpu")
	assert.Equal(t, []string{"drawing-000.png", "drawing-001.png", "other-000.png", "other-001.png"}, files(t, out))
	assert.Contains(t, r.stderr, "computing on the CPU")
	assert.Contains(t, r.stderr, "4 pictures in "+out+" after ")
	assert.Empty(t, r.stdout)

	m, err := weights.Open(avatars)
	require.NoError(t, err)
	tr, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	defer tr.Close()
	sheets := readPNG(t, sheet)
	for row, name := range []string{"drawing", "other"} {
		in, err := picture.Open("testdata/" + name + ".png")
		require.NoError(t, err)
		small := runtime.Fit(in, runtime.DefaultSize(m.Config, weights.A2B))
		requireCell(t, sheets, row, 0, small)
		for i := range 2 {
			want, err := tr.Translate(t.Context(), small, weights.A2B, tr.RandomStyle(7, i))
			require.NoError(t, err)
			got := readPNG(t, filepath.Join(out, fmt.Sprintf("%s-%03d.png", name, i)))
			require.Equal(t, want, got)
			requireCell(t, sheets, row, 1+i, want)
		}
	}
	assert.NotEqual(t, readPNG(t, filepath.Join(out, "drawing-000.png")), readPNG(t, filepath.Join(out, "drawing-001.png")))
}

// TestReferencePictures translates with explicit style codes what PyTorch did, for models of all kinds.
func TestReferencePictures(t *testing.T) {
	for _, p := range optest.Pictures(t) {
		dir := t.TempDir()
		model, in := filepath.Join(dir, "m.munit.safetensors"), filepath.Join(dir, "in.png")
		require.NoError(t, p.Model.WriteFile(model))
		writePNG(t, in, p.In)
		code := strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Style), " ", ","), "[]")
		done(t, "translate", "--model", model, "--input", in, "--output", dir, "--size", "0", "--direction", string(p.Direction),
			"--style-code", code, "--device", "cpu")
		f, err := os.Open(filepath.Join(dir, "in-000.png"))
		require.NoError(t, err)
		got, err := png.Decode(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		assert.LessOrEqual(t, optest.MaxLevels(got, p.Want), 2, p.Name)
		_, grey := got.(*image.Gray)
		assert.Equal(t, p.Model.Config.InputDim(p.Direction.To()) == 1, grey, p.Name)
	}
}

// requireCell wants a picture in a cell of a sheet with one block, whose pictures are all squares of one size.
func requireCell(t *testing.T, sheet *image.NRGBA, row, column int, want *image.NRGBA) {
	t.Helper()
	side := want.Rect.Dx()
	at := image.Pt(8+column*(side+8), 8+row*(side+8))
	for y := range side {
		for x := range side {
			require.Equal(t, want.NRGBAAt(x, y), sheet.NRGBAAt(at.X+x, at.Y+y), "row %d, column %d", row, column)
		}
	}
}

func TestInputsOfAllKinds(t *testing.T) {
	model, dir := tiny(t, nil), t.TempDir()
	small := runtime.Fit(readPNG(t, "testdata/drawing.png"), 20)
	for _, name := range []string{"a/x.png", "a/y.png", "b/x.png", "b/X.PNG", "b/notes.txt", "c/z 1.png"} {
		writePNG(t, filepath.Join(dir, name), small)
	}
	r := done(t, "translate", "--model", model, "--output", filepath.Join(dir, "out"),
		"--input", filepath.Join(dir, "a"), "--input", filepath.Join(dir, "b"), filepath.Join(dir, "c/*.png"))
	assert.Equal(t, []string{"X-2-000.png", "x-000.png", "x-3-000.png", "y-000.png", "z 1-000.png"}, files(t, filepath.Join(dir, "out")))
	assert.Contains(t, r.stderr, filepath.Join(dir, "b/x.png")+" is written as x-3-000.png")
}

func TestGivenStyles(t *testing.T) {
	model, dir := tiny(t, nil), t.TempDir()
	m, err := weights.Open(model)
	require.NoError(t, err)
	tr, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	defer tr.Close()
	run := func(args ...string) *image.NRGBA {
		out := filepath.Join(dir, fmt.Sprint(len(args), args[0]))
		done(t, append([]string{"translate", "--model", model, "--input", "testdata/drawing.png", "--device", "cpu", "--output", out}, args...)...)
		require.Equal(t, []string{"drawing-000.png"}, files(t, out))
		return readPNG(t, filepath.Join(out, "drawing-000.png"))
	}
	in := runtime.Fit(readPNG(t, "testdata/drawing.png"), 16)

	s := tr.RandomStyle(3, 0)
	code := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s)), ", "), "[]")
	want, err := tr.Translate(t.Context(), in, weights.A2B, s)
	require.NoError(t, err)
	assert.Equal(t, want, run("--style-code", code))
	assert.Equal(t, want, run("--seed", "3"))

	example, err := tr.StyleOf(t.Context(), runtime.Fit(readPNG(t, "testdata/other.png"), 16), weights.A2B)
	require.NoError(t, err)
	want, err = tr.Translate(t.Context(), in, weights.A2B, example)
	require.NoError(t, err)
	assert.Equal(t, want, run("--style=testdata/other.png"))
}

func TestDirectionsAndSizes(t *testing.T) {
	dir := t.TempDir()
	oneWay := tiny(t, func(m *weights.Model) *weights.Model {
		one, err := m.Only(weights.B2A)
		require.NoError(t, err)
		return one
	})
	grey := tiny(t, func(*weights.Model) *weights.Model {
		cfg := tinyConfig()
		cfg.InputDimA = 1
		return formula.Model(cfg, "munit", "a", "b")
	})
	for i, c := range []struct {
		model string
		args  []string
		size  image.Point
	}{
		{oneWay, nil, image.Pt(16, 16)}, // the only direction is the default
		{oneWay, []string{"--direction", "b2a", "--size", "24"}, image.Pt(24, 24)},
		{oneWay, []string{"--size", "0"}, image.Pt(128, 128)},
		{grey, []string{"--direction", "a2b"}, image.Pt(16, 16)},
		{grey, []string{"--direction", "b2a"}, image.Pt(16, 16)},
	} {
		out := filepath.Join(dir, fmt.Sprint(i))
		done(t, append([]string{"translate", "--model", c.model, "--input", "testdata/drawing.png", "--output", out}, c.args...)...)
		m := readPNG(t, filepath.Join(out, "drawing-000.png"))
		assert.Equal(t, c.size, m.Rect.Size(), "%d", i)
	}
	pix := readPNG(t, filepath.Join(dir, "4", "drawing-000.png")).Pix
	for i := 0; i < len(pix); i += 4 {
		require.True(t, pix[i] == pix[i+1] && pix[i] == pix[i+2], "one channel gives greys")
	}
}

// TestFormatsAgree: the same picture stored in other ways gives the same result.
func TestFormatsAgree(t *testing.T) {
	model, out := tiny(t, nil), t.TempDir()
	names := []string{"upright.png", "rotated.png", "rotated.jpg", "rotated.webp", "cmyk.jpg", "alpha.webp"}
	args := []string{"translate", "--model", model, "--output", out, "--size", "0", "--input"}
	for _, name := range names {
		args = append(args, pictures+name)
	}
	done(t, args...)
	want := readPNG(t, filepath.Join(out, "upright-000.png"))
	for name, most := range map[string]float64{"rotated": 0, "rotated-2": 12, "rotated-3": 12, "cmyk": 12, "alpha": 12} {
		got := readPNG(t, filepath.Join(out, name+"-000.png"))
		require.Equal(t, want.Rect, got.Rect, name)
		sum := 0.0
		for i := range want.Pix {
			d := float64(want.Pix[i]) - float64(got.Pix[i])
			sum += d * d
		}
		assert.LessOrEqual(t, sum/float64(len(want.Pix)), most*most, name)
	}
}

// TestGPU runs on whatever GPU there is, an emulated one where there is no other.
func TestGPU(t *testing.T) {
	needs.GPU(t)
	model, out := tiny(t, nil), t.TempDir()
	run := func(device string) string {
		r := munit(t, "translate", "--model", model, "--input", "testdata/drawing.png", "--output", filepath.Join(out, device), "--styles", "2", "--device", device)
		require.Equal(t, 0, r.code, "no GPU, not even an emulated one: make setup installs it\n%s", r.stderr)
		return r.stderr
	}
	run("cpu")
	assert.Contains(t, run("gpu"), "GPU: ")
	for _, name := range []string{"drawing-000.png", "drawing-001.png"} {
		a, b := readPNG(t, filepath.Join(out, "cpu", name)), readPNG(t, filepath.Join(out, "gpu", name))
		require.Equal(t, a.Rect, b.Rect)
		for i := range a.Pix {
			require.InDelta(t, a.Pix[i], b.Pix[i], 2, name)
		}
	}
}

// TestInterrupt: Ctrl-C ends a long run soon, with whole files only.
func TestInterrupt(t *testing.T) {
	out := t.TempDir()
	cmd := process("translate", "--model", tiny(t, nil), "--input", "testdata/drawing.png", "--output", out,
		"--styles", "10000", "--device", "cpu", "--size", "0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(out, "drawing-002.png"))
		return err == nil
	}, 60*time.Second, 5*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	require.Error(t, cmd.Wait())
	assert.Equal(t, 130, cmd.ProcessState.ExitCode(), stderr.String())
	assert.Contains(t, stderr.String(), "munit translate: interrupted")
	for _, name := range files(t, out) {
		assert.True(t, strings.HasPrefix(name, "drawing-"), name)
		readPNG(t, filepath.Join(out, name))
	}
}

// TestLongNames: a picture's name may be as long as names can be; where the results' would be longer, they are cut.
func TestLongNames(t *testing.T) {
	model, dir := tiny(t, nil), t.TempDir()
	drawing := must(os.ReadFile("testdata/drawing.png"))
	cjk := strings.Repeat("写", 80)
	kept, long := strings.Repeat("k", 236), strings.Repeat("é", 125)
	for _, name := range []string{kept, cjk, long, long + "x"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), drawing, 0o644))
	}
	out := filepath.Join(dir, "out")
	r := done(t, "translate", "--model", model, "--input", dir, "--output", out, "--device", "cpu")
	cutOff := strings.Repeat("é", 123)
	assert.ElementsMatch(t, []string{kept + "-000.png", cjk + "-000.png", cutOff + "-000.png", strings.Repeat("é", 122) + "-2-000.png"}, files(t, out))
	assert.Contains(t, r.stderr, "it is too long")
	assert.NotContains(t, r.stderr, kept+"-000.png and so on")
}
