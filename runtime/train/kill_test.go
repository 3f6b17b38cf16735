//go:build !js

package train_test

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/train"
)

// A training that is to be killed runs in a process of its own: this test program, told so by its environment.
const (
	childData   = "MUNIT_TEST_TRAIN_DATA"
	childOutput = "MUNIT_TEST_TRAIN_OUTPUT"
	killsWanted = "MUNIT_TEST_KILLS" // how often to kill; a handful if it is not set
)

// killedIterations are too many to be done before the first kill.
const killedIterations = 100_000

func TestMain(m *testing.M) {
	if os.Getenv(childOutput) != "" {
		os.Exit(trainToBeKilled())
	}
	validation.Main(m)
}

func trainToBeKilled() int {
	t := &testing.T{} // its failures end the goroutine, and with it the program
	o := options(t, os.Getenv(childData), os.Getenv(childOutput), &watch{}, "snapshot_save_iter: 2", "snapshot_save_iter: 1")
	o.Resume, o.Iterations, o.Keep = true, killedIterations, 2
	if _, err := run(t, context.Background(), o); err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		return 1
	}
	return 0
}

// TestKill kills a training at random moments, most of them while something is written. Whenever it happens, the last checkpoint can be read,
// none is lost that was there before, and the training goes on.
func TestKill(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv(killsWanted)); err == nil {
		kills = n
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	data, output := pictures(t, 4), t.TempDir()
	dir := filepath.Join(output, "checkpoints")
	last := 0
	for i := range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childData+"="+data, childOutput+"="+output)
		child.Stderr = os.Stderr
		require.NoError(t, child.Start())
		require.Eventually(t, func() bool { return newest(t, dir) > last }, time.Minute, 5*time.Millisecond, "the training does not go on after kill %d", i)
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
		require.NoError(t, child.Process.Kill())
		require.Error(t, child.Wait())

		c, skipped, err := train.Last(dir)
		require.NoError(t, err)
		require.Empty(t, skipped, "after kill %d", i)
		require.Greater(t, c.Iteration, last)
		last = c.Iteration
		t.Logf("kill %d after %d iterations", i+1, last)
	}
	w := &watch{}
	o := options(t, data, output, w)
	o.Resume, o.Iterations = true, last+1
	_, err := run(t, t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, last, w.from)
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "what killed programs left is taken away")
	left, err = filepath.Glob(filepath.Join(output, ".munit-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// newest is the number of iterations of the last checkpoint in dir, going by its name.
func newest(t *testing.T, dir string) int {
	paths, err := train.Checkpoints(dir)
	require.NoError(t, err)
	if len(paths) == 0 {
		return 0
	}
	c, err := train.ReadCheckpoint(paths[len(paths)-1])
	if os.IsNotExist(err) {
		return 0 // it was pruned in between
	}
	require.NoError(t, err)
	return c.Iteration
}
