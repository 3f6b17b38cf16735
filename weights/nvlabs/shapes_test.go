package nvlabs

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/pytorch"
)

// ShapesIn lists all tensors of a generator in a checkpoint, also those that Import leaves out.
func ShapesIn(t *testing.T, file []byte, d weights.Domain) map[string][]int {
	c, err := pytorch.Open(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	generators, err := generatorsOf(c, weights.Config{})
	require.NoError(t, err)
	all := map[string][]int{}
	for name, tensor := range generators[d] {
		all[name] = tensor.Shape
	}
	return all
}
