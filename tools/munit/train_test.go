package main

import (
	"bytes"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/picture"
)

// trainingConfig makes the smallest training in dir: two pictures and a config, whose path it returns.
func trainingConfig(t *testing.T, dir string) string {
	text, err := os.ReadFile("../../runtime/train/testdata/tiny.yaml")
	require.NoError(t, err)
	config := filepath.Join(dir, "config.yaml")
	require.NoError(t, os.WriteFile(config, append(text, "\nnot_ours: 1\n"...), 0o644))
	for _, name := range []string{"trainA/0.png", "trainB/0.png"} {
		m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
		for i := range 1600 {
			m.SetNRGBA(i%40, i/40, color.NRGBA{uint8(i), uint8(i / 7), uint8(i / 3), 255})
		}
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		require.NoError(t, picture.WritePNG(filepath.Join(dir, name), m))
	}
	return config
}

// TestTrain trains a few iterations, goes on, and translates with what came out.
func TestTrain(t *testing.T) {
	dir := t.TempDir()
	config := trainingConfig(t, dir)
	output := filepath.Join(dir, "out")
	args := []string{"train", "--config", config, "--data", dir, "--output", output, "--device", "cpu"}
	first := done(t, append(args, "--iterations", "2", "--domain-a", "noise")...)
	assert.Contains(t, first.stderr, "not_ours has no meaning here")
	assert.Contains(t, first.stderr, "iterations 1 to 2")
	assert.Contains(t, first.stderr, "all iterations are done after 2 iterations")
	requireError(t, munit(t, append(args, "--iterations", "3")...), exitFailed, "add --resume")
	assert.Contains(t, done(t, append(args, "--iterations", "3", "--resume")...).stderr, "iterations 3 to 3")
	done(t, "translate", "--model", filepath.Join(output, "model.munit.safetensors"), "--input", filepath.Join(dir, "trainA"),
		"--output", filepath.Join(dir, "translated"), "--device", "cpu")
	assert.FileExists(t, filepath.Join(dir, "translated", "0-000.png"))
}

// TestTrainStopsOnSignals: Ctrl-C and what a system sends when it shuts down save, and say how to go on.
func TestTrainStopsOnSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		dir := t.TempDir()
		output := filepath.Join(dir, "out")
		cmd := process("train", "--config", trainingConfig(t, dir), "--data", dir, "--output", output, "--device", "cpu", "--iterations", "100000")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool {
			_, err := os.Stat(filepath.Join(output, "model.munit.safetensors"))
			return err == nil
		}, time.Minute, 10*time.Millisecond)
		require.NoError(t, cmd.Process.Signal(signal))
		require.NoError(t, cmd.Wait(), stderr.String())
		assert.Contains(t, stderr.String(), "to go on: munit train --config")
		assert.Contains(t, stderr.String(), "--resume")
	}
}

func TestTrainWrongUse(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("gen: {dim: 8}"), 0o644))
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"train", exitWrongUse, "--config is missing"},
		{"train --config c.yaml", exitWrongUse, "--output is missing"},
		{"train --config c.yaml --output o --minutes -1", exitWrongUse, "negative"},
		{"train --config c.yaml --output o --device tpu", exitWrongUse, "tpu"},
		{"train --config " + filepath.Join(dir, "none.yaml") + " --output o", exitFailed, "cannot be read"},
		{"train --config " + bad + " --output o", exitFailed, "gen.activ is missing"},
	} {
		requireError(t, munit(t, strings.Fields(c.args)...), c.code, c.says)
	}
}

// TestTrainOncePerFolder: a second training into a folder is refused while the first runs.
func TestTrainOncePerFolder(t *testing.T) {
	dir := t.TempDir()
	output := filepath.Join(dir, "out")
	args := []string{"train", "--config", trainingConfig(t, dir), "--data", dir, "--output", output, "--device", "cpu", "--iterations", "100000"}
	first := process(args...)
	require.NoError(t, first.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(output, "losses.csv"))
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	requireError(t, munit(t, args...), exitFailed, "another training is writing into the output folder", "choose another folder")
	require.NoError(t, first.Process.Kill())
	require.Error(t, first.Wait())
	done(t, append(args[:len(args)-1], "1", "--resume")...)
}

// TestTrainSaysHowToGoOn: the command has all flags that were given, and a shell reads them as they were.
func TestTrainSaysHowToGoOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a \"folder\" $HOME")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	output := filepath.Join(dir, "out")
	r := done(t, "train", "--config", trainingConfig(t, dir), "--data", dir, "--output", output, "--device", "cpu", "--minutes", "0.0001",
		"--domain-a", "tab\there", "--license", "", "--threads", "1")
	_, command, ok := strings.Cut(r.stderr, "to go on: munit ")
	require.True(t, ok, r.stderr)
	shell := exec.Command("bash", "-c", `printf '%s\0' `+strings.TrimSpace(command))
	words, err := shell.Output()
	require.NoError(t, err)
	assert.Equal(t, []string{"train", "--config", filepath.Join(dir, "config.yaml"), "--data", dir, "--output", output, "--device", "cpu", "--minutes", "0.0001",
		"--domain-a", "tab\there", "--license", "", "--threads", "1", "--resume"}, strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00"))
	done(t, strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00")...)
}

// TestResumeNamesTheKey: weights of one network do not fit another, a log of some losses has no room for more, and what else changes is told.
func TestResumeNamesTheKey(t *testing.T) {
	dir := t.TempDir()
	config := trainingConfig(t, dir)
	text := string(must(os.ReadFile(config)))
	args := []string{"train", "--config", config, "--data", dir, "--output", filepath.Join(dir, "out"), "--device", "cpu", "--iterations"}
	done(t, append(args, "1")...)
	resume := func(from, to, iterations string) ran {
		require.Contains(t, text, from)
		require.NoError(t, os.WriteFile(config, []byte(strings.Replace(text, from, to, 1)), 0o644))
		return munit(t, append(args, iterations, "--resume")...)
	}
	requireError(t, resume("n_res: 1", "n_res: 2", "2"), 1, "gen.n_res is 2 in the config, and the checkpoint was made with 1", "config.yaml")
	requireError(t, resume("n_layer: 1", "n_layer: 2", "2"), 1, "dis.n_layer is 2")
	requireError(t, resume("recon_x_w: 10", "recon_x_w: 0", "2"), 1, "recon_x_w is 0", "losses.csv has other columns")
	r := resume("lr: 0.001", "lr: 0.0001", "2")
	require.Zero(t, r.code, r.stderr)
	assert.Contains(t, r.stderr, "lr is 0.0001 from now on (it was 0.001)")
}
