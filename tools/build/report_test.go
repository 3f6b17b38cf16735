package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBudget(t *testing.T) {
	files := []built{{name: "munit.wasm", brotli: codeBudget - 10}, {name: "page.js", brotli: 10}, {name: "models/m.munit.safetensors", brotli: codeBudget}}
	require.NoError(t, checkBudget(files))
	files[1].brotli++
	err := checkBudget(files)
	require.ErrorContains(t, err, "1125001 bytes of brotli, 1 more than the budget of 1125000")
	require.ErrorContains(t, err, "munit.wasm with 1124990")
}
