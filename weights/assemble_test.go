package weights_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

// TestNetworksAreAssembledWhole: what lacks a network is a model without it, and what lacks a tensor of one is refused.
func TestNetworksAreAssembledWhole(t *testing.T) {
	whole, encoder := smallModel(), weights.A.Network(weights.EncContent)
	lacking := ""
	find := func(n weights.Network, k weights.Key) *weights.Tensor {
		if n != encoder || k.Name == lacking {
			return nil
		}
		return whole.Tensors[n.Domain.Tensor(k.Name)]
	}
	m, err := weights.Assemble(whole.Config, find)
	require.NoError(t, err)
	for _, n := range whole.Config.Networks() {
		assert.Equal(t, n == encoder, m.Has(n), n)
	}
	lacking = whole.Config.Keys(encoder)[1].Name
	_, err = weights.Assemble(whole.Config, find)
	assert.ErrorContains(t, err, `there is no tensor "gen_a.`+lacking+`" of shape`)
	_, err = weights.Assemble(weights.Config{}, find)
	assert.Error(t, err)
}
