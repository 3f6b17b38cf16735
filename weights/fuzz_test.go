package weights_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

// FuzzParse wants an error or a model that survives being written and read again.
func FuzzParse(f *testing.F) {
	for _, d := range weights.DTypes {
		m, err := smallModel().Convert(d)
		require.NoError(f, err)
		one, err := m.Only(weights.B2A)
		require.NoError(f, err)
		f.Add(fileOf(f, one))
	}
	f.Add(withHeader(`{"__metadata__":{"format":"munit","version":"1"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} `, make([]byte, 4)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := weights.Parse(data)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		for name, tensor := range m.Tensors {
			_, err := m.Float32s(name, tensor.Shape)
			require.NoError(t, err)
		}
		again, err := weights.Parse(fileOf(t, m))
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}
