//go:build !(js && wasm)

package gpu

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/gogpu/wgpu"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/graph"
)

// TestNoGPU runs itself in a process whose Vulkan loader finds no driver, where gogpu offers its interpreter instead.
func TestNoGPU(t *testing.T) {
	const inside = "WEBMUNIT_TEST_NO_GPU"
	if os.Getenv(inside) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNoGPU$", "-test.v", fmt.Sprintf("-test.short=%t", testing.Short()))
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

// misplacedKernel has an array in its uniform where only relaxed rules of layout allow one.
type misplacedKernel struct{ plusKernel }

func (misplacedKernel) Label() string { return "misplaced" }
func (misplacedKernel) Source() string {
	return `struct Line { a: u32, b: u32, c: u32, d: u32 }
struct Dims { count: u32, lines: array<Line, 4> }
@group(0) @binding(0) var<storage, read> src: array<f32>;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) { dst[id.x] = src[id.x] + f32(dims.lines[id.x].a); }`
}

// TestTheValidationLayerIsHeard shows that a fault that gogpu and Mesa let pass would fail the tests of this package.
func TestTheValidationLayerIsHeard(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the validation layer runs on Linux only")
	}
	e := open(t)
	require.Empty(t, validation.Said())
	_, err := e.compile(context.Background(), chain(1, plusOne, 1), nil, func(n *graph.Node) (lowered, error) {
		l, err := lowerPlus(n)
		l.steps[0].kernel = misplacedKernel{}
		return l, err
	})
	require.NoError(t, err)
	said := validation.Said()
	require.NotEmpty(t, said)
	assert.Contains(t, said[0], "is not aligned to 16")
}
