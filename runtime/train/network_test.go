package train

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInitSharedStartsBothGeneratorsAlike(t *testing.T) {
	const layer = "enc_content.model.1.conv.weight"
	draw := func(shared bool, name string) []float32 {
		values, err := initial{"kaiming", shared, 7}.Float32s(name, []int{4, 3, 3, 3})
		require.NoError(t, err)
		return values
	}
	a := draw(false, "gen_a."+layer)
	assert.Equal(t, a, draw(true, "gen_a."+layer), "a is what it is without")
	assert.Equal(t, a, draw(true, "gen_b."+layer))
	assert.NotEqual(t, a, draw(false, "gen_b."+layer))
	assert.NotEqual(t, draw(true, "dis_a.cnns.0.0.conv.weight"), draw(true, "dis_b.cnns.0.0.conv.weight"), "discriminators see different pictures")
}
