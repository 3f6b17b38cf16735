package nvlabs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights/nvlabs"
)

// TestChanges says of changed keys whether weights and logs of the one config fit the other.
func TestChanges(t *testing.T) {
	old, _, err := nvlabs.ParseTraining([]byte(trainingYAML))
	require.NoError(t, err)
	for change, want := range map[string]struct {
		change          nvlabs.Change
		network, losses bool
	}{
		"recon_x_w: 10 → recon_x_w: 5":                   {nvlabs.Change{Key: "recon_x_w", Old: "10", New: "5"}, false, false},
		"recon_x_w: 10 → recon_x_w: 0":                   {nvlabs.Change{Key: "recon_x_w", Old: "10", New: "0"}, false, true},
		"lr: 1e-4 → lr: 1e-3":                            {nvlabs.Change{Key: "lr", Old: "0.0001", New: "0.001"}, false, false},
		"  style_dim: 8 →   style_dim: 4":                {nvlabs.Change{Key: "gen.style_dim", Old: "8", New: "4"}, true, false},
		"input_dim_a: 3 → input_dim_a: 1":                {nvlabs.Change{Key: "input_dim_a", Old: "3", New: "1"}, true, false},
		"input_dim_a: 3 → trainer: UNIT\ninput_dim_a: 3": {nvlabs.Change{Key: "trainer", Old: "MUNIT", New: "UNIT"}, true, false},
	} {
		from, to, _ := strings.Cut(change, " → ")
		require.Contains(t, trainingYAML, from)
		now, _, err := nvlabs.ParseTraining([]byte(strings.Replace(trainingYAML, from, to, 1)))
		require.NoError(t, err, change)
		got := now.Changes(old)
		require.Equal(t, []nvlabs.Change{want.change}, got)
		assert.Equal(t, want.network, got[0].Network(), change)
		assert.Equal(t, want.losses, got[0].Losses(), change)
	}
	assert.Empty(t, old.Changes(old))
}
