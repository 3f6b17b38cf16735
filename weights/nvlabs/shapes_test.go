package nvlabs

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

// ShapesIn lists all tensors of a generator in a checkpoint, also those that Import leaves out.
func ShapesIn(t *testing.T, file []byte, d weights.Domain) map[string][]int {
	c, err := openCheckpoint(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	generators, err := c.generators()
	require.NoError(t, err)
	all := map[string][]int{}
	for name, tensor := range generators[d] {
		all[name] = tensor.shape
	}
	return all
}
