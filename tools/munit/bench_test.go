package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/tools/internal/bench"
)

// The smallest network on the CPU and on an emulated GPU.
func TestBench(t *testing.T) {
	needs.GPU(t)
	r := done(t, "bench", "--device", "cpu", "--size", "16", "--runs", "1")
	for _, s := range []string{"### Pictures, 16×16 pixels", "| webmunit, CPU, another style ", "### Layers, dim 8 at 16×16 pixels", "GFLOP/s", "MiB, live", "of peak"} {
		assert.Contains(t, r.stdout, s)
	}
	assert.NotContains(t, r.stdout, "256×256")
	assert.Contains(t, r.stderr, "layers on CPU", "progress")

	var report bench.Report
	r = done(t, "bench", "--device", "gpu", "--size", "16", "--part", "layers", "--runs", "1", "--json")
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &report))
	require.NotEmpty(t, report.Layers, "no GPU, not even an emulated one: make setup installs it")
	assert.Empty(t, report.Tables)
	for _, table := range report.Layers {
		assert.Positive(t, table.Peak, table.Title)
		assert.Contains(t, table.Rows[0].Name, "conv 7×7, 3→8")
		assert.Positive(t, table.Rows[0].Share)
	}
}

func TestBenchWrongUse(t *testing.T) {
	requireError(t, munit(t, "bench", "--size", "65"), 2, `"65"`, "16, 64, 128, 256")
	requireError(t, munit(t, "bench", "--part", "noses"), 2, `"noses"`, "pictures, layers")
	requireError(t, munit(t, "bench", "--part", ""), 2, "--part")
	requireError(t, munit(t, "bench", "--runs", "0"), 2, "--runs 0")
	requireError(t, munit(t, "bench", "--threads", "-1"), 2, "--threads -1")
	requireError(t, munit(t, "bench", "--device", "abacus"), 1, "abacus", "munit devices")
}
