//go:build linux && amd64 && !race

package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/ran"
	"github.com/webmunit/webmunit/weights"
)

// What all platforms translate, below the root of the repository, in this style.
const (
	drawing = "site/samples/wares/sneaker.png"
	model   = "weights/wares.munit.safetensors"
	seed    = 3
)

// target is what programs are built for, and how they are run here.
type target struct {
	system, processor, tags string
	emulator                []string // that runs a program, before its path
	root, dir               string   // of the repository, and for what is built
	env                     []string // what programs find besides the test's environment
}

func newTarget(t *testing.T, system, processor, tags string, emulator ...string) target {
	t.Helper()
	root, err := gotool.Root(t.Context())
	require.NoError(t, err)
	return target{system: system, processor: processor, tags: tags, emulator: emulator, root: root, dir: t.TempDir()}
}

// goTool runs the Go tool for the target, as releases are built: without cgo.
func (p target) goTool(t *testing.T, args ...string) {
	t.Helper()
	cmd, err := gotool.Native(t.Context(), p.root, args...)
	require.NoError(t, err)
	cmd.Env = append(cmd.Env, "GOOS="+p.system, "GOARCH="+p.processor, "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go %v for %s/%s: %s", args, p.system, p.processor, out)
}

func (p target) munit(t *testing.T) string {
	path := filepath.Join(p.dir, "munit")
	if p.system == "windows" {
		path += ".exe"
	}
	p.goTool(t, "build", "-tags="+p.tags, "-o", path, "./tools/munit")
	return path
}

// command runs a program in a folder of the repository.
func (p target) command(ctx context.Context, folder, program string, args ...string) *exec.Cmd {
	all := append(append(append([]string{}, p.emulator...), program), args...)
	cmd := exec.CommandContext(ctx, all[0], all[1:]...)
	cmd.Dir = filepath.Join(p.root, folder)
	cmd.Env = append(append(os.Environ(), validation.Off), p.env...)
	return cmd
}

// test builds and runs tests of a package.
func (p target) test(t *testing.T, folder, tests string) {
	t.Helper()
	program := filepath.Join(p.dir, filepath.Base(folder)+".test")
	p.goTool(t, "test", "-tags="+p.tags, "-c", "-o", program, "./"+folder)
	out, err := p.command(t.Context(), folder, program, "-test.v", "-test.run", tests).CombinedOutput()
	require.NoError(t, err, "%s: %s", folder, out)
	require.Contains(t, string(out), "--- PASS", folder)
}

// translate has munit draw and gives the picture's path, and the vectors that computed it.
func (p target) translate(t *testing.T, munit string) (path, vectors string) {
	t.Helper()
	cmd := p.command(t.Context(), ".", munit, "translate", "--device", "cpu", "--model", model, "--input", drawing, "--output", p.dir, "--seed", fmt.Sprint(seed))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return filepath.Join(p.dir, "sneaker-000.png"), vectorsIn(t, string(out))
}

// vectorsIn is what munit says that it computes with, in "computing on the CPU: ... (Go, AVX-512 SIMD, 2 threads)".
func vectorsIn(t *testing.T, said string) string {
	t.Helper()
	m := regexp.MustCompile(`computing on the CPU: .*\(Go, (.*), \d+ threads?\)`).FindStringSubmatch(said)
	require.NotNil(t, m, "munit does not say what computes: %s", said)
	return m[1]
}

// needEmulator fails without qemu's emulator of a processor.
func needEmulator(t *testing.T, processor string, files ...string) string {
	t.Helper()
	needs.Tool(t, "an emulator of other processors")
	program := "qemu-" + processor + "-static"
	for _, path := range append(files, "/usr/bin/"+program) {
		_, err := os.Stat(path)
		require.NoError(t, err, "an emulator of other processors, or a C library for one, is missing: run `make setup`, which installs them")
	}
	return program
}

// TestHere translates with the program that is built for this machine.
func TestHere(t *testing.T) {
	needs.Time(t)
	with := ran.Test(t, "linux-amd64")
	p := newTarget(t, "linux", "amd64", "")
	path, vectors := p.translate(t, p.munit(t))
	with(vectors)
	theirs, err := picture.Open(path)
	require.NoError(t, err)
	assert.Zero(t, apart(t, theirs, translateHere(t, p.root)))
}

// translateHere translates in this process.
func translateHere(t *testing.T, root string) image.Image {
	m, err := weights.Open(filepath.Join(root, model))
	require.NoError(t, err)
	translator, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	defer translator.Close()
	d, err := picture.Open(filepath.Join(root, drawing))
	require.NoError(t, err)
	y, err := translator.Translate(t.Context(), runtime.Fit(d, runtime.DefaultSize(m.Config, weights.A2B)), weights.A2B, translator.RandomStyle(seed, 0))
	require.NoError(t, err)
	return y
}

// apart is the largest difference of a channel, in grey levels.
func apart(t *testing.T, a, b image.Image) (most int) {
	require.Equal(t, a.Bounds().Size(), b.Bounds().Size())
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r0, g0, b0, _ := a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y).RGBA()
			r1, g1, b1, _ := b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y).RGBA()
			for _, pair := range [][2]uint32{{r0, r1}, {g0, g1}, {b0, b1}} {
				most = max(most, int(pair[0]>>8)-int(pair[1]>>8), int(pair[1]>>8)-int(pair[0]>>8))
			}
		}
	}
	return most
}
