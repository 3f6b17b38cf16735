//go:build unix

package replace

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is to be killed runs in a process of its own: this test program, told so by its environment.
const (
	childDir   = "MUNIT_TEST_REPLACE_DIR"
	childFirst = "MUNIT_TEST_REPLACE_FIRST" // version
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		writeToBeKilled(dir)
	}
	os.Exit(m.Run())
}

var together = []string{"a", "b", "c", "d", "e", "f"}

// write makes the files of one version.
func write(dir string, version int) error {
	var files []One
	for _, name := range together {
		files = append(files, One{filepath.Join(dir, name), func(w io.Writer) error {
			_, err := io.WriteString(w, strconv.Itoa(version))
			return err
		}})
	}
	return All(files...)
}

func writeToBeKilled(dir string) {
	first, _ := strconv.Atoi(os.Getenv(childFirst)) // 0 without
	for version := first; ; version++ {
		if write(dir, version) != nil {
			os.Exit(1)
		}
	}
}

// TestKilledWritersLeaveNoMixture stops a program that writes version after version of files that belong together, again and again: what is
// there then is what a kill would leave. At last it is killed.
func TestKilledWritersLeaveNoMixture(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	require.NoError(t, child.Start())
	t.Cleanup(func() { _ = child.Process.Kill() })
	require.Eventually(t, func() bool { return len(partsIn(t, dir)) > 0 }, 10*time.Second, time.Millisecond)
	whole := 0
	for i := range 400 {
		require.NoError(t, child.Process.Signal(syscall.SIGSTOP))
		var status syscall.WaitStatus
		_, err := syscall.Wait4(child.Process.Pid, &status, syscall.WUNTRACED, nil)
		require.NoError(t, err)
		require.True(t, status.Stopped())
		files := requireOneVersion(t, dir, "stop %d", i)
		if files == len(together) {
			whole++
		}
		require.NoError(t, child.Process.Signal(syscall.SIGCONT))
		time.Sleep(time.Duration(i%7) * 310 * time.Microsecond)
	}
	assert.Positive(t, whole)
	require.Eventually(t, func() bool { return len(partsIn(t, dir)) > 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	require.NoError(t, os.WriteFile(filepath.Join(dir, partPrefix+"0"+partSuffix), nil, 0o600)) // should the kill have hit none
	Sweep(dir)
	require.Empty(t, partsIn(t, dir))
}

// requireOneVersion holds the files in dir that belong together to one version, and counts those that are there.
func requireOneVersion(t *testing.T, dir, when string, args ...any) (files int) {
	t.Helper()
	versions := map[string]bool{}
	for _, name := range together {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		versions[string(text)], files = true, files+1
	}
	require.LessOrEqual(t, len(versions), 1, append([]any{"after " + when}, args...)...)
	return files
}

// TestKilledProgramsLeaveNoMixture kills programs that write such files, one after the other, each at another moment.
func TestKilledProgramsLeaveNoMixture(t *testing.T) {
	dir := t.TempDir()
	const kills, apart = 60, 1_000_000 // versions
	partly := 0
	for i := range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir, childFirst+"="+strconv.Itoa((i+1)*apart))
		require.NoError(t, child.Start())
		begun := func() bool { // the child's own files are there
			for _, name := range together {
				if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil && strings.HasPrefix(string(text), strconv.Itoa(i+1)) {
					return true
				}
			}
			return false
		}
		assert.Eventually(t, begun, 10*time.Second, 100*time.Microsecond)
		time.Sleep(time.Duration(i%9) * 170 * time.Microsecond)
		require.NoError(t, child.Process.Kill())
		require.Error(t, child.Wait())
		files := requireOneVersion(t, dir, "kill %d", i)
		if files < len(together) {
			partly++
		}
		Sweep(dir)
		require.Empty(t, partsIn(t, dir))
	}
	assert.Positive(t, partly, "some kills came between the first and the last file")
}

func partsIn(t *testing.T, dir string) []string {
	parts, err := filepath.Glob(filepath.Join(dir, partPrefix+"*"))
	require.NoError(t, err)
	return parts
}

// TestSweepLeavesWhatIsBeingWritten, and what is not ours.
func TestSweepLeavesWhatIsBeingWritten(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".munit-mine"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, partPrefix+"left"+partSuffix), nil, 0o600))
	require.NoError(t, File(filepath.Join(dir, "f"), func(w io.Writer) error {
		assert.Len(t, partsIn(t, dir), 3)
		Sweep(dir)
		assert.Len(t, partsIn(t, dir), 2)
		_, err := io.WriteString(w, "whole")
		return err
	}))
	assert.Equal(t, []string{filepath.Join(dir, ".munit-mine")}, partsIn(t, dir))
	text, err := os.ReadFile(filepath.Join(dir, "f"))
	require.NoError(t, err)
	assert.Equal(t, "whole", string(text))
}

// TestPermissions: a new file has those that the user's umask leaves, and one that was there keeps its own.
func TestPermissions(t *testing.T) {
	dir := t.TempDir()
	mode := func(name string) os.FileMode {
		path := filepath.Join(dir, name)
		require.NoError(t, File(path, func(io.Writer) error { return nil }))
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	defer syscall.Umask(syscall.Umask(0o027))
	assert.Equal(t, os.FileMode(0o640), mode("new"))
	syscall.Umask(0o002)
	assert.Equal(t, os.FileMode(0o664), mode("shared"))
	for _, perm := range []os.FileMode{0o600, 0o666, 0o444} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "old"), nil, 0o600))
		require.NoError(t, os.Chmod(filepath.Join(dir, "old"), perm))
		assert.Equal(t, perm, mode("old"))
		require.NoError(t, os.Remove(filepath.Join(dir, "old")))
	}
}

func TestLongNames(t *testing.T) {
	for _, name := range []string{strings.Repeat("n", 236), strings.Repeat("n", 255), strings.Repeat("写", 80) + ".png"} {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, File(path, func(w io.Writer) error {
			_, err := w.Write([]byte(name))
			return err
		}))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, bytes.Equal([]byte(name), text))
	}
}
