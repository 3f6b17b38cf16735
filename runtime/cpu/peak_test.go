package cpu_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/webmunit/webmunit/runtime/cpu"
)

// A second is long: any processor that runs this multiplies more often than a million times, and none of today a quintillion.
func TestPeak(t *testing.T) {
	for _, threads := range []int{1, 2} {
		flops := cpu.Peak(10*time.Millisecond, threads)
		t.Logf("%d threads: %.1f GFLOP/s", threads, flops/1e9)
		assert.Greater(t, flops, 1e6)
		assert.Less(t, flops, 1e15)
	}
}
