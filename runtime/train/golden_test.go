//go:build !race

package train_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
)

// The bounds of docs/networks.md, "Tolerances", relative: of losses in the first and in the last iteration.
const (
	maxFirstError = 1e-3
	maxLastError  = 1e-2
)

func TestGoldenTrainingCPU(t *testing.T) {
	e := cpu.New(cpu.Options{})
	defer e.Close()
	goldenTraining(t, e)
}

func TestGoldenTrainingGPU(t *testing.T) {
	needs.GPU(t)
	validation.Watch(t)
	e, err := gpu.Open(context.Background(), gpu.Options{})
	require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
	defer e.Close()
	goldenTraining(t, e)
}

// goldenTraining holds all golden trainings.
func goldenTraining(t *testing.T, e graph.Executor) {
	for _, name := range optest.GoldenTrainings {
		t.Run(name, func(t *testing.T) { holdTraining(t, e, optest.LoadTraining(t, name)) })
	}
}

// holdTraining holds all losses of all iterations against the golden vectors, and the weights that come of it.
func holdTraining(t *testing.T, e graph.Executor, v *optest.TrainingVectors) {
	trainer, err := train.New(t.Context(), e, v.Training, v, 0)
	require.NoError(t, err)
	defer trainer.Close()
	for i, want := range v.Losses {
		allowed := maxFirstError
		if i > 0 {
			allowed = maxLastError
		}
		got, err := trainer.Step(t.Context(), goldenBatch(v, i), true)
		require.NoError(t, err)
		require.Len(t, got, len(want)-1) // "it" is no loss
		for _, l := range got {
			assert.InEpsilon(t, want[goldenName(l.Name)], l.Value, allowed, "iteration %d, %s", i, l.Name)
		}
	}
	checkpoint, err := trainer.Checkpoint(t.Context())
	require.NoError(t, err)
	moved := 0.0 // how far the golden weights went from where they began, as a measure of how near is near
	trained := map[string]*weights.Tensor{}
	for key, tensor := range checkpoint.Tensors {
		trained[v.Golden(key)] = tensor
	}
	for key, want := range v.Tensors {
		key, final := strings.CutPrefix(key, "final.")
		if !final {
			continue
		}
		tensor := trained[key]
		if tensor == nil {
			require.Regexp(t, `conv\.bias$|running_(mean|var)$`, key, "only what is in front of a norm has no effect, and is not trained")
			continue
		}
		start, err := v.Float32s(key, tensor.Shape)
		require.NoError(t, err)
		far := optable.MaxAbs(want, start)
		moved = max(moved, far)
		assert.LessOrEqual(t, optable.NMSE(tensor.Float32s(), want), 1e-6, key)
		assert.LessOrEqual(t, optable.MaxAbs(tensor.Float32s(), want), 0.5*far+1e-7, key)
	}
	require.Positive(t, moved)
}

// goldenName is the name in losses.csv of one of Trainer's losses.
func goldenName(name string) string {
	if prefix, ok := strings.CutSuffix(name, "_total"); ok {
		return prefix + ".total"
	}
	if strings.HasPrefix(name, "dis_") {
		return "dis." + name
	}
	return "gen." + name
}

func goldenBatch(v *optest.TrainingVectors, i int) (b train.Batch) {
	for d, domain := range [...]string{"a", "b"} {
		values := func(name string) []float32 { return v.Tensors[fmt.Sprintf("it%d.%s_%s", i, name, domain)] }
		b.Pictures[d], b.DisStyles[d], b.GenStyles[d] = values("x"), values("dis.s"), values("gen.s")
	}
	return b
}
