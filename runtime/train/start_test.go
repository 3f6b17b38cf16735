package train_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/weights"
)

// TestStart: generators start as a model's, so that after an iteration of hardly any rate they are near to it, whatever the seed and the discriminators are.
func TestStart(t *testing.T) {
	data, first := pictures(t, 3), t.TempDir()
	_, err := run(t, t.Context(), options(t, data, first, &watch{}))
	require.NoError(t, err)
	model, err := weights.Open(filepath.Join(first, train.ModelName))
	require.NoError(t, err)

	output := t.TempDir()
	o := options(t, data, output, &watch{}, "lr: 0.001", "lr: 1e-9", "dis:\n  dim: 2", "dis:\n  dim: 4", "max_iter: 6", "max_iter: 1")
	o.Start, o.Seed = model, 99
	_, err = run(t, t.Context(), o)
	require.NoError(t, err)
	after, err := weights.Open(filepath.Join(output, train.ModelName))
	require.NoError(t, err)
	require.Len(t, after.Tensors, len(model.Tensors))
	for name, want := range model.Tensors {
		assert.InDeltaSlice(t, want.Float32s(), after.Tensors[name].Float32s(), 1e-6, name)
	}

	other := options(t, data, t.TempDir(), &watch{}, "n_res: 1", "n_res: 2")
	other.Start = model
	_, err = run(t, t.Context(), other)
	assert.ErrorIs(t, err, train.ErrStart)
	one, err := model.Only(weights.A2B)
	require.NoError(t, err)
	o = options(t, data, t.TempDir(), &watch{})
	o.Start = one
	_, err = run(t, t.Context(), o)
	assert.ErrorIs(t, err, train.ErrStart)
	assert.ErrorContains(t, err, "translates a2b only")
}
