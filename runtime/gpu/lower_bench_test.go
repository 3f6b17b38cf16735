package gpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/optest"
)

// BenchmarkLayers times MUNIT's layers at a size that an emulated GPU can do too.
func BenchmarkLayers(b *testing.B) {
	e, err := Open(context.Background(), Options{})
	require.NoError(b, err, "no WebGPU adapter: run `make setup`")
	defer e.Close()
	optest.Benchmark(b, e, 32, 64)
}
