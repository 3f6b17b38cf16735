package stacks

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// TestNoDriverHasAnothersResult: the Go tool remembers what tests said, and does not see that Vulkan's loader reads which driver it is to take.
func TestNoDriverHasAnothersResult(t *testing.T) {
	needs.GPU(t)
	native, err := Find("native-lavapipe")
	require.NoError(t, err)
	own, err := native.Environment()
	require.NoError(t, err)
	test := func(choice string) string {
		cmd, err := gotool.Native(t.Context(), "../../..", "test", "-run=^TestAdaptersAreListed$", "./runtime/gpu")
		require.NoError(t, err)
		cmd.Env = append(append(cmd.Env, own...), "VK_LOADER_DRIVERS_DISABLE="+choice)
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", said)
		return string(said)
	}
	test("another")
	require.Contains(t, test("another"), "(cached)", "else the next line shows nothing")
	assert.NotContains(t, test(fmt.Sprint("not-before-", time.Now().UnixNano())), "(cached)")
}
