//go:build all && linux && amd64 && !race

package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/ran"
)

// TestStaticProgramNeedsNothing: built without GPU, the program runs where nothing else is, as in an empty container or beside another C library than
// glibc, and draws what the other build draws on the CPU.
func TestStaticProgramNeedsNothing(t *testing.T) {
	with := ran.Test(t, "linux-static")
	p := newTarget(t, "linux", "amd64", "nogpu")
	munit := p.munit(t)
	file, err := elf.Open(munit)
	require.NoError(t, err)
	defer file.Close()
	for _, part := range file.Progs {
		assert.NotContains(t, []elf.ProgType{elf.PT_INTERP, elf.PT_DYNAMIC}, part.Type, "it asks for a dynamic loader")
	}

	empty := t.TempDir() // but for what it is given
	for from, to := range map[string]string{munit: "munit", filepath.Join(p.root, model): "model", filepath.Join(p.root, drawing): "sneaker.png"} {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(empty, to), data, 0o755))
	}
	inside := func(args ...string) string {
		cmd := p.command(t.Context(), ".", "/munit", args...)
		cmd.Dir, cmd.Env = "/", nil
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: empty}
		if os.Getuid() != 0 { // who may change its root in a user namespace of its own only
			cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "in an empty root, which only root may enter where there are no user namespaces: %s", out)
		return string(out)
	}
	with(vectorsIn(t, inside("translate", "--model", "/model", "--input", "/sneaker.png", "--output", "/out", "--seed", "3")))
	assert.Contains(t, inside("devices"), "this build has no GPU")
	assert.Contains(t, inside("doctor"), "This build can use no GPU")
	assert.Contains(t, inside("--version"), "without GPU")

	whole := newTarget(t, "linux", "amd64", "")
	path, _ := whole.translate(t, whole.munit(t))
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(empty, "out", "sneaker-000.png"))
	require.NoError(t, err)
	assert.Equal(t, want, got, "the picture's file")
}
