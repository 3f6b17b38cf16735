//go:build all && linux && amd64 && !race

package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/tools/internal/ran"
)

// TestStaticProgramNeedsNothing: built without GPU, the program runs where nothing else is, as in an empty container or beside another C library than
// glibc, and draws what the other build draws here on the CPU: to the byte on this processor, within two grey levels on Arm.
func TestStaticProgramNeedsNothing(t *testing.T) {
	with := ran.Test(t, "linux-static")
	var said []string
	for _, test := range []struct {
		processor, emulator string
		apart               int
	}{{"amd64", "", 0}, {"arm64", "aarch64", 2}} {
		t.Run(test.processor, func(t *testing.T) {
			p := newTarget(t, "linux", test.processor, "nogpu")
			munit := p.munit(t)
			requireStatic(t, munit)
			empty := t.TempDir() // but for what it is given
			give := func(from, to string) string {
				data, err := os.ReadFile(from)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(empty, to), data, 0o755))
				return "/" + to
			}
			if test.emulator != "" { // a static program itself
				p.emulator = []string{give("/usr/bin/"+needEmulator(t, test.emulator), "emulator")}
			}
			program := give(munit, "munit")
			inside := func(args ...string) string {
				cmd := p.command(t.Context(), ".", program, args...)
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
			m, d := give(filepath.Join(p.root, model), "model"), give(filepath.Join(p.root, drawing), "sneaker.png")
			said = append(said, vectorsIn(t, inside("translate", "--model", m, "--input", d, "--output", "/out", "--seed", "3")))
			assert.Contains(t, inside("devices"), "this build has no GPU")
			assert.Contains(t, inside("doctor"), "This build can use no GPU")
			assert.Contains(t, inside("--version"), "without GPU")

			theirs, err := picture.Open(filepath.Join(empty, "out", "sneaker-000.png"))
			require.NoError(t, err)
			assert.LessOrEqual(t, apart(t, theirs, translateHere(t, p.root)), test.apart)
		})
	}
	with(strings.Join(said, ", "))
}

// requireStatic: the program asks for no dynamic loader.
func requireStatic(t *testing.T, path string) {
	t.Helper()
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	for _, part := range file.Progs {
		assert.NotContains(t, []elf.ProgType{elf.PT_INTERP, elf.PT_DYNAMIC}, part.Type)
	}
}
