package train_test

import (
	"bytes"
	"context"
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

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/runtime/train/data"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// watch is an Observer that remembers, and does something after an iteration.
type watch struct {
	after     func(iteration int)
	notes     []string
	from, to  int
	iteration int
}

func (w *watch) Started(from, to int, _ [2]int, _ graph.Memory) { w.from, w.to = from, to }

func (w *watch) Stepped(iteration int, _ train.Losses) {
	w.iteration = iteration
	if w.after != nil {
		w.after(iteration)
	}
}

func (w *watch) Stopping() {}

func (w *watch) Note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

// pictures makes a folder with some pictures of noise in trainA and trainB, of several sizes.
func pictures(t testing.TB, n int) string {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	for _, set := range []string{"trainA", "trainB"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, set), 0o755))
		for i := range n {
			m := image.NewNRGBA(image.Rect(0, 0, 30+5*i, 40))
			for y := range m.Rect.Dy() {
				for x := range m.Rect.Dx() {
					m.SetNRGBA(x, y, color.NRGBA{uint8(r.IntN(256)), uint8(x * 5), uint8(y * 5), 255})
				}
			}
			require.NoError(t, picture.WritePNG(filepath.Join(dir, set, fmt.Sprintf("%d.png", i)), m))
		}
	}
	return dir
}

// options are of a training of testdata/tiny.yaml, with changes made to the text.
func options(t testing.TB, data, output string, w *watch, replace ...string) train.Options {
	text, err := os.ReadFile("testdata/tiny.yaml")
	require.NoError(t, err)
	text = []byte(strings.NewReplacer(replace...).Replace(string(text)))
	c, unknown, err := nvlabs.ParseTraining(text)
	require.NoError(t, err)
	require.Empty(t, unknown)
	return train.Options{Config: c, ConfigText: text, Data: data, Output: output, Seed: 7, Observe: w}
}

func run(t testing.TB, ctx context.Context, o train.Options) (train.Stopped, error) {
	e := cpu.New(cpu.Options{Threads: 2})
	defer e.Close()
	return train.Run(ctx, e, o)
}

// outcome is what a training leaves that must not depend on interruptions: the last checkpoint, the model, and the losses without times.
func outcome(t testing.TB, output string) (checkpoint, model []byte, losses [][]string) {
	paths, err := train.Checkpoints(filepath.Join(output, "checkpoints"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	checkpoint, err = os.ReadFile(paths[len(paths)-1])
	require.NoError(t, err)
	model, err = os.ReadFile(filepath.Join(output, train.ModelName))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(output, "losses.csv"))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		losses = append(losses, append(fields[:1:1], fields[2:]...))
	}
	return checkpoint, model, losses
}

// TestResumeIsExact interrupts a training wherever it can be, and compares what comes out with one that went straight through: of MUNIT, and of CycleGAN,
// whose store of earlier translations is full in the midst of it.
func TestResumeIsExact(t *testing.T) {
	for name, config := range map[string]string{"MUNIT": "max_iter: 6", "store": "max_iter: 6\ntrainer: CycleGAN\npool_size: 5"} {
		t.Run(name, func(t *testing.T) { resumeIsExact(t, "max_iter: 6", config) })
	}
}

func resumeIsExact(t *testing.T, change ...string) {
	data := pictures(t, 5)
	straight := t.TempDir()
	why, err := run(t, t.Context(), options(t, data, straight, &watch{}, change...))
	require.NoError(t, err)
	require.Equal(t, train.Finished, why)
	wantCheckpoint, wantModel, wantLosses := outcome(t, straight)
	require.Len(t, wantLosses, 7)

	output := t.TempDir()
	for _, stop := range []int{1, 3, 4} {
		ctx, cancel := context.WithCancel(t.Context())
		w := &watch{after: func(i int) {
			if i == stop {
				cancel()
			}
		}}
		o := options(t, data, output, w, change...)
		o.Resume = true
		why, err := run(t, ctx, o)
		require.NoError(t, err)
		require.Equal(t, train.Interrupted, why)
		require.Equal(t, stop, w.iteration)
	}
	o := options(t, data, output, &watch{}, change...)
	o.Resume, o.Seed = true, 12345 // a resumed training keeps its own
	why, err = run(t, t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, train.Finished, why)
	checkpoint, model, losses := outcome(t, output)
	require.Equal(t, wantLosses, losses)
	require.True(t, bytes.Equal(wantCheckpoint, checkpoint), "the checkpoints differ")
	require.True(t, bytes.Equal(wantModel, model), "the models differ")
}

// TestRunLeavesWhatItPromises: files, their number, and a model that others read.
func TestRunLeavesWhatItPromises(t *testing.T) {
	output := t.TempDir()
	o := options(t, pictures(t, 3), output, &watch{})
	o.Keep, o.About = 2, weights.Model{DomainA: "noise", DomainB: "colour", License: "CC0"}
	_, err := run(t, t.Context(), o)
	require.NoError(t, err)
	for _, name := range []string{"config.yaml", "losses.csv", "losses.png", "sheet-a2b.png", "sheet-b2a.png",
		"sheets/00000004-a2b.png", "sheets/00000004-b2a.png", "checkpoints/00000004.safetensors", "checkpoints/00000006.safetensors"} {
		assert.FileExists(t, filepath.Join(output, name))
	}
	_, _, lines := outcome(t, output)
	var rates []string
	for _, line := range lines[1:] {
		rates = append(rates, line[1])
	}
	assert.Equal(t, []string{"0.001", "0.001", "0.001", "0.001", "0.0005", "0.0005"}, rates, "halved after step_size 4")
	paths, err := train.Checkpoints(filepath.Join(output, "checkpoints"))
	require.NoError(t, err)
	assert.Len(t, paths, 2)
	m, err := weights.Open(filepath.Join(output, train.ModelName))
	require.NoError(t, err)
	assert.Equal(t, "noise", m.DomainA)
	assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
	c, err := train.ReadCheckpoint(paths[1])
	require.NoError(t, err)
	assert.Equal(t, 6, c.Iteration)
	assert.Equal(t, o.ConfigText, c.Config)
	for name, tensor := range m.Tensors {
		assert.Equal(t, c.Tensors["ema."+name].Float32s(), tensor.Float32s(), "the model is the averaged generators, %s too", name)
		assert.NotEqual(t, c.Tensors[name].Float32s(), tensor.Float32s(), name)
	}

	_, err = run(t, t.Context(), o)
	assert.ErrorIs(t, err, train.ErrOccupied)
}

// TestAveragingSwitchedOn: a training without averages goes on with them, from the weights that it has.
func TestAveragingSwitchedOn(t *testing.T) {
	output, data := t.TempDir(), pictures(t, 3)
	o := options(t, data, output, &watch{}, "beta1:", "ema: 0\nbeta1:")
	o.Iterations = 2
	_, err := run(t, t.Context(), o)
	require.NoError(t, err)
	o = options(t, data, output, &watch{}, "beta1:", "ema: 0.9\nbeta1:")
	o.Resume, o.Iterations = true, 3
	_, err = run(t, t.Context(), o)
	require.NoError(t, err)
	tensors := map[string]*weights.Tensor{}
	for i, name := range []string{"2", "3"} {
		c, err := train.ReadCheckpoint(filepath.Join(output, "checkpoints", "0000000"+name+".safetensors"))
		require.NoError(t, err)
		for key, tensor := range c.Tensors {
			tensors[fmt.Sprint(i, key)] = tensor
		}
	}
	const key = "gen_b.dec.model.3.conv.weight"
	require.Nil(t, tensors["0ema."+key])
	before, after, average := tensors["0"+key].Float32s(), tensors["1"+key].Float32s(), tensors["1ema."+key].Float32s()
	for i := range average { // the third iteration keeps 3/12
		assert.InDelta(t, 0.25*before[i]+0.75*after[i], average[i], 1e-6)
	}
}

// TestDivergenceKeepsTheLastCheckpoint: weights that overflow stop the training, and leave what was good.
func TestDivergenceKeepsTheLastCheckpoint(t *testing.T) {
	output, data := t.TempDir(), pictures(t, 3)
	o := options(t, data, output, &watch{})
	o.Iterations = 2
	_, err := run(t, t.Context(), o)
	require.NoError(t, err)
	dir := filepath.Join(output, "checkpoints")
	c, skipped, err := train.Last(dir)
	require.NoError(t, err)
	require.Empty(t, skipped)
	const key = "dis_a.cnns.0.1.weight"
	huge := c.Tensors[key].Float32s()
	for i := range huge {
		huge[i] = 3e38
	}
	c.Tensors[key] = weights.NewTensor(c.Tensors[key].Shape, huge)
	require.NoError(t, c.Write(dir))
	before, _, _ := outcome(t, output)

	o.Resume, o.Iterations = true, 6
	_, err = run(t, t.Context(), o)
	require.ErrorIs(t, err, train.ErrDiverged)
	require.ErrorContains(t, err, "dis_a is +Inf in iteration 3")
	require.ErrorContains(t, err, "00000002.safetensors")
	after, _, _ := outcome(t, output)
	require.True(t, bytes.Equal(before, after))
}

// TestDamagedCheckpoint: one that cannot be read is named and passed over.
func TestDamagedCheckpoint(t *testing.T) {
	output, data := t.TempDir(), pictures(t, 3)
	o := options(t, data, output, &watch{})
	o.Iterations = 4
	_, err := run(t, t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(filepath.Join(output, "checkpoints", "00000004.safetensors"), 5000))
	w := &watch{}
	o = options(t, data, output, w)
	o.Resume = true
	_, err = run(t, t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, 2, w.from)
	require.Contains(t, w.notes[0], "00000004.safetensors")
}

// TestBadPicturesAreSkipped: they are named once each, and a set of nothing else is an error.
func TestBadPicturesAreSkipped(t *testing.T) {
	dir := pictures(t, 3)
	bad := filepath.Join(dir, "trainA", "bad.png")
	require.NoError(t, os.WriteFile(bad, []byte("\x89PNG\r\n\x1a\nnot really"), 0o644))
	w := &watch{}
	_, err := run(t, t.Context(), options(t, dir, t.TempDir(), w))
	require.NoError(t, err)
	require.Len(t, w.notes, 1, "%v", w.notes)
	assert.Contains(t, w.notes[0], bad)
	assert.Contains(t, w.notes[0], "1 of 4 in trainA")
	for i := range 3 {
		require.NoError(t, os.Truncate(filepath.Join(dir, "trainA", fmt.Sprintf("%d.png", i)), 20))
	}
	_, err = run(t, t.Context(), options(t, dir, t.TempDir(), &watch{}))
	assert.ErrorIs(t, err, data.ErrNoPictures)
	_, err = run(t, t.Context(), options(t, t.TempDir(), t.TempDir(), &watch{}))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// TestPicturesNarrowerThanTheCrop: they are enlarged to it, in training, on sheets, and when a training goes on.
func TestPicturesNarrowerThanTheCrop(t *testing.T) {
	dir := pictures(t, 3)
	m := image.NewNRGBA(image.Rect(0, 0, 40, 90))
	for _, set := range []string{"trainA", "trainB", "testA", "testB"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, set), 0o755))
		require.NoError(t, picture.WritePNG(filepath.Join(dir, set, "portrait.png"), m))
	}
	require.NoError(t, os.Rename(filepath.Join(dir, "trainA", "0.png"), filepath.Join(dir, "testA", "a.png")))
	output := t.TempDir()
	for _, iterations := range []int{3, 6} {
		o := options(t, dir, output, &watch{}, "crop_image_width: 32", "crop_image_width: 64")
		o.Iterations, o.Resume = iterations, true
		why, err := run(t, t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, train.Finished, why)
	}
	sheets, err := filepath.Glob(filepath.Join(output, "*", "*.png"))
	require.NoError(t, err)
	require.NotEmpty(t, sheets)
}
