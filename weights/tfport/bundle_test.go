package tfport

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The files are TensorFlow's own.
func TestReadsWhatTensorFlowWrote(t *testing.T) {
	index, err := os.ReadFile("testdata/variables.index")
	require.NoError(t, err)
	data, err := os.ReadFile("testdata/variables.data-00000-of-00001")
	require.NoError(t, err)
	b, err := openBundle(index, func(i, count int) (Shard, error) {
		assert.Equal(t, []int{0, 1}, []int{i, count})
		return bytes.NewReader(data), nil
	})
	require.NoError(t, err)
	require.Len(t, b.entries, 3)
	for name, want := range map[string]float32{"a": 0.5, "b": 3, "c": 3} {
		got, err := b.floats(name)
		require.NoError(t, err)
		assert.Equal(t, []float32{want}, got)
		assert.Empty(t, b.entries[name].shape)
	}
	errors := 0
	for i := range index {
		broken := bytes.Clone(index)
		broken[i] ^= 0x10
		if got, err := openBundle(broken, nil); err == nil {
			assert.Equal(t, b.entries, got.entries, "byte %d is one that does not matter, or its damage goes unseen", i)
		} else {
			errors++
		}
	}
	assert.Greater(t, errors, len(index)/2)
	data[5] ^= 1
	_, err = b.floats("b")
	assert.ErrorContains(t, err, `tensor "b" is damaged`)
}
