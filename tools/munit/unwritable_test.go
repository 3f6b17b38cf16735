//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUnwritableOutput runs as nobody where the tests run as root, whom no permissions stop.
func TestUnwritableOutput(t *testing.T) {
	dir, err := os.MkdirTemp("", "munit-*") // t.TempDir lies in a folder that nobody may not enter
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	readOnly, program := filepath.Join(dir, "readonly"), filepath.Join(dir, "munit")
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.Mkdir(readOnly, 0o555))
	for from, to := range map[string]string{os.Args[0]: program, tiny(t, nil): filepath.Join(dir, "model"), "testdata/drawing.png": filepath.Join(dir, "a.png")} {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, data, 0o755))
	}
	for _, out := range []string{readOnly, filepath.Join(readOnly, "deeper")} {
		cmd := exec.Command(program, "translate", "--model", filepath.Join(dir, "model"), "--input", filepath.Join(dir, "a.png"), "--output", out, "--device", "cpu")
		cmd.Env, cmd.Dir = append(os.Environ(), asMunit+"=1"), dir
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		requireError(t, finish(t, cmd), 1, "output directory", readOnly, "permission denied", "can be written to")
	}
	assert.Empty(t, files(t, readOnly))
}
