package shaders

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The limits that every WebGPU device has (https://www.w3.org/TR/webgpu/#limits): no kernel may need more, or some phone could not compute.
func TestKernelsNeedNoMoreThanWebGPUPromises(t *testing.T) {
	declared := regexp.MustCompile(`var<workgroup>`)
	for _, k := range All() {
		n := NeedsOf(k)
		assert.NotZero(t, n.ComputeInvocationsPerWorkgroup, k.Label())
		assert.LessOrEqual(t, n.ComputeInvocationsPerWorkgroup, 256, k.Label())
		assert.LessOrEqual(t, n.ComputeWorkgroupStorageSize, 16384, k.Label())
		assert.LessOrEqual(t, n.StorageBuffersPerShaderStage, 8, k.Label())
		assert.Equal(t, declared.MatchString(k.Source()), n.ComputeWorkgroupStorageSize > 0, k.Label())
		assert.NotRegexp(t, `(?m)^\s*(enable|requires)\b`, k.Source(), "%s: f16 and subgroups are not everywhere", k.Label())
	}
	assert.Equal(t, Needs{64, 512*4 + 128*16, 4}, NeedsOf(ConvGroup{}))
	assert.Equal(t, Needs{64, 2 * 128 * 16, 3}, NeedsOf(WinogradGroup{}))
	assert.Equal(t, Needs{64, 0, 6}, NeedsOf(Normalize{}))
}
