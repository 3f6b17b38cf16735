//go:build linux && amd64 && !race

// On Arm all tests run on its processor anyway.

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/tools/internal/ran"
)

// TestARM64 runs the CPU executor's NEON as Arm machines do: the table of ops, golden vectors and golden trainings, the leaf's proofs, and a
// translation, which must be this machine's within two grey levels.
func TestARM64(t *testing.T) {
	qemu := needEmulator(t, "aarch64", "/usr/aarch64-linux-gnu/lib/libc.so.6")
	with := ran.Test(t, "linux-arm64")
	p := newTarget(t, "linux", "arm64", "", qemu, "-L", "/usr/aarch64-linux-gnu")
	p.test(t, "runtime/cpu", "Leaf|Leaves|RandomConvs")
	p.test(t, "runtime/optest", "^TestCPU$")

	path, vectors := p.translate(t, p.munit(t))
	require.Contains(t, vectors, "NEON")
	with(vectors)
	theirs, err := picture.Open(path)
	require.NoError(t, err)
	assert.LessOrEqual(t, apart(t, theirs, translateHere(t, p.root)), 2)
}
