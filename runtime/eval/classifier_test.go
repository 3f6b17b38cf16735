package eval_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/eval"
)

// lesson is a noisy picture, darker or lighter (the first label) and more or less red (the second).
func lesson(r *rand.Rand, light, red int) eval.Lesson {
	p := make(eval.Picture, 3*eval.Side*eval.Side)
	for i := range p {
		p[i] = float32(light) - 0.5 + 0.1*r.Float32()
		if i < eval.Side*eval.Side {
			p[i] += 0.4 * float32(red)
		}
	}
	return eval.Lesson{Picture: p, Classes: []int{light, red}}
}

func TestClassifierLearnsAndKeeps(t *testing.T) {
	exec := cpu.New(cpu.Options{Threads: 2})
	defer exec.Close()
	labels := eval.Labels{{Name: "light", Classes: []string{"dark", "light"}}, {Name: "red", Classes: []string{"a little", "much", "never seen"}}}
	r := rand.New(rand.NewPCG(1, 2))
	var lessons []eval.Lesson
	for i := range 16 {
		lessons = append(lessons, lesson(r, i%2, i/2%2))
	}
	learner, err := eval.NewLearner(t.Context(), exec, eval.Recipe{Labels: labels, Rounds: 10, Batch: 8, Rate: 0.01, Seed: 3, Source: "a test"})
	require.NoError(t, err)
	defer learner.Close()
	var losses []float64
	require.NoError(t, learner.Learn(t.Context(), exec, lessons, func(_, all int, loss float64) {
		assert.Equal(t, 20, all)
		losses = append(losses, loss)
	}))
	require.Len(t, losses, 20)
	assert.Less(t, losses[19], losses[0]/3)
	path := filepath.Join(t.TempDir(), "c.safetensors")
	require.NoError(t, learner.Write(t.Context(), path))

	c, err := eval.OpenClassifier(t.Context(), exec, path)
	require.NoError(t, err)
	defer c.Close()
	assert.Equal(t, labels, c.Labels())
	assert.Equal(t, "a test", c.Source())
	for i := range 4 {
		l := lesson(r, i%2, i/2)
		features, classes, err := c.Classify(t.Context(), l.Picture)
		require.NoError(t, err)
		assert.Len(t, features, eval.Features)
		require.Len(t, classes, 6)
		assert.Greater(t, classes[i%2+2*(i/2)], 0.5, "the first label's classes vary fastest")
		sum := 0.0
		for _, p := range classes {
			sum += p
		}
		assert.InDelta(t, 1, sum, 1e-9)
	}
}

func TestShippedClassifier(t *testing.T) {
	file, err := os.Stat("wares.classifier.safetensors")
	require.NoError(t, err)
	assert.Less(t, file.Size(), int64(300<<10))
	exec := cpu.New(cpu.Options{Threads: 2})
	defer exec.Close()
	c, err := eval.Shipped(t.Context(), exec)
	require.NoError(t, err)
	defer c.Close()
	labels := c.Labels()
	require.Equal(t, []string{"kind", "finish", "colour"}, []string{labels[0].Name, labels[1].Name, labels[2].Name})
	for file, want := range map[string][2]string{"red-satchel": {"satchel", "red"}, "blue-sneaker": {"sneaker", "blue"}, "green-teapot": {"teapot", "green"},
		"yellow-boot": {"boot", "yellow"}} {
		p, err := eval.Read(t.Context(), filepath.Join("testdata", file+".png"), eval.Side, eval.Side, 3)
		require.NoError(t, err)
		_, classes, err := c.Classify(t.Context(), p)
		require.NoError(t, err)
		likeliest := slices.Index(classes, slices.Max(classes)) // the first label's classes vary fastest
		kinds, finishes := len(labels[0].Classes), len(labels[1].Classes)
		assert.Equal(t, want, [2]string{labels[0].Classes[likeliest%kinds], labels[2].Classes[likeliest/kinds/finishes]}, file)
	}
	p := make(eval.Picture, 3*32*32)
	_, _, err = c.Classify(t.Context(), p[:7*3])
	assert.ErrorContains(t, err, "not square")
}

func TestClassifierRefusesOtherFiles(t *testing.T) {
	exec := cpu.New(cpu.Options{Threads: 1})
	defer exec.Close()
	_, err := eval.NewClassifier(t.Context(), exec, []byte("no tensors"))
	assert.Error(t, err)
	path := filepath.Join("..", "..", "weights", "avatars.munit.safetensors")
	_, err = eval.OpenClassifier(t.Context(), exec, path)
	assert.ErrorContains(t, err, path)
}

func TestFitted(t *testing.T) {
	p := eval.Picture{1, 3, 5, 7, 0, 0, 0, 0, 2, 2, 2, 2}
	small, err := eval.Fitted(p, 1)
	require.NoError(t, err)
	assert.Equal(t, eval.Picture{4, 0, 2}, small)
	large, err := eval.Fitted(small, 2)
	require.NoError(t, err)
	assert.Equal(t, eval.Picture{4, 4, 4, 4, 0, 0, 0, 0, 2, 2, 2, 2}, large)
}
