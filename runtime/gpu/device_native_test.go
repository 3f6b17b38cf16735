//go:build !(js && wasm)

package gpu

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/gogpu/wgpu"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

// TestNoGPU runs itself in a process whose Vulkan loader finds no driver, where gogpu offers its interpreter instead.
func TestNoGPU(t *testing.T) {
	const inside = "WEBMUNIT_TEST_NO_GPU"
	if os.Getenv(inside) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNoGPU$", "-test.v")
		cmd.Env = append(os.Environ(), inside+"=1", "VK_DRIVER_FILES=none", "VK_ICD_FILENAMES=none")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		require.Contains(t, string(out), "--- PASS: TestNoGPU")
		return
	}
	_, err := Open(context.Background(), Options{})
	assert.ErrorIs(t, err, ErrNoGPU)
	assert.ErrorContains(t, err, "make setup")
	infos, err := Adapters(context.Background())
	assert.ErrorIs(t, err, ErrNoGPU)
	assert.Empty(t, infos)
}

func TestLossesAreRecognised(t *testing.T) {
	for _, c := range []struct {
		err  error
		lost bool
	}{
		{nil, false},
		{fmt.Errorf("wgpu: submit failed: %w", fmt.Errorf("vulkan: vkQueueSubmit failed: %d", -4)), true},
		{fmt.Errorf("vulkan: vkQueueSubmit failed: %d", -3), false},
		{fmt.Errorf("waiting: %w", wgpu.ErrDeviceLost), true},
		{wgpu.ErrMapDeviceLost, true},
		{context.Canceled, false},
	} {
		d := &device{loss: newLoss()}
		d.noticeLoss(c.err)
		if c.lost {
			assert.ErrorIs(t, d.loss.err(), graph.ErrDeviceLost, "%v", c.err)
		} else {
			assert.NoError(t, d.loss.err(), "%v", c.err)
		}
	}
}
