//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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

// TestPipesAreNoCheckpoints: reading one would wait for whoever writes into it.
func TestPipesAreNoCheckpoints(t *testing.T) {
	dir := t.TempDir()
	pipe, output := filepath.Join(dir, "pipe.pt"), filepath.Join(dir, "model.munit.safetensors")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	for _, args := range [][]string{{"--checkpoint", pipe, "--config", nvlabsData + "config.yaml"}, {"--checkpoint", nvlabsData + "gen.pt", "--config", pipe}} {
		requireError(t, munit(t, append([]string{"convert", "--output", output}, args...)...), 1, "pipe.pt", "not a file")
		assert.NoFileExists(t, output)
	}
}

// TestHugeFilesAreRefusedAtOnce: a file that claims to be larger than any memory takes none.
func TestHugeFilesAreRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	huge := func(name string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, nil, 0o644))
		require.NoError(t, os.Truncate(path, 64<<30))
		return path
	}
	model, output := huge("a.munit.safetensors"), filepath.Join(dir, "o.munit.safetensors")
	for says, args := range map[string][]string{
		"nothing but zeros":   {"info", model},
		"not a munit model":   {"translate", "--model", model, "--input", "testdata/drawing.png", "--output", dir},
		"nothing  but zeros":  {"convert", "--checkpoint", huge("a.pt"), "--config", nvlabsData + "config.yaml", "--output", output},
		"68719476736 bytes":   {"convert", "--checkpoint", nvlabsData + "gen.pt", "--config", huge("a.yaml"), "--output", output},
		"68719476736  bytes":  {"train", "--config", huge("b.yaml"), "--output", dir},
		"68719476736   bytes": {"convert", "--checkpoint", huge("a.index"), "--output", output},
		"not a picture":       {"translate", "--model", tiny(t, nil), "--input", huge("a.png"), "--output", dir},
	} {
		cmd := process(args...)
		requireError(t, finish(t, cmd), 1, strings.Join(strings.Fields(says), " "))
		if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "linux" {
			assert.Less(t, used.Maxrss, int64(512<<10), "%v, kilobytes", args)
		}
	}
}
