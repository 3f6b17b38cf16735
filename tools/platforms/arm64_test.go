//go:build linux && !arm64 && !race

// Elsewhere there is no such emulator, and on Arm all tests run on its processor anyway.

package platforms

import (
	"context"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/weights"
)

// arm is a Linux of another processor, on this one.
type arm struct {
	root, dir string // of the repository, and for what is built
}

func newArm(t *testing.T) arm {
	t.Helper()
	needs.Tool(t, "an emulator of Arm's processors")
	for _, path := range []string{"/usr/bin/qemu-aarch64-static", "/usr/aarch64-linux-gnu/lib/libc.so.6"} {
		_, err := os.Stat(path)
		require.NoError(t, err, "an emulator of Arm's processors and their C library are missing: run `make setup`, which installs them")
	}
	root, err := gotool.Root(t.Context())
	require.NoError(t, err)
	return arm{root, t.TempDir()}
}

// build runs the Go tool for Arm.
func (a arm) build(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(a.dir, name)
	cmd, err := gotool.Native(t.Context(), a.root, append(append([]string{}, args[:len(args)-1]...), "-o", path, args[len(args)-1])...)
	require.NoError(t, err)
	cmd.Env = append(cmd.Env, "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// command runs a program for Arm in a folder of the repository.
func (a arm) command(ctx context.Context, folder, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "qemu-aarch64-static", append([]string{"-L", "/usr/aarch64-linux-gnu", program}, args...)...)
	cmd.Dir = filepath.Join(a.root, folder)
	cmd.Env = append(os.Environ(), validation.Off)
	return cmd
}

// TestARM64 runs the CPU executor's NEON as Arm machines do: the table of ops, golden vectors and golden trainings, the leaf's proofs, and a
// translation, which must be this machine's within two grey levels.
func TestARM64(t *testing.T) {
	a := newArm(t)
	for _, c := range []struct{ folder, tests string }{
		{"runtime/cpu", "Leaf|Leaves|RandomConvs"},
		{"runtime/optest", "^TestCPU$"},
	} {
		program := a.build(t, filepath.Base(c.folder)+".test", "test", "-c", "./"+c.folder)
		out, err := a.command(t.Context(), c.folder, program, "-test.v", "-test.run", c.tests).CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS")
	}

	const drawing, model = "site/samples/wares/sneaker.png", "weights/wares.munit.safetensors"
	program := a.build(t, "munit", "build", "./tools/munit")
	out, err := a.command(t.Context(), ".", program, "translate", "--device", "cpu", "--model", model, "--input", drawing, "--output", a.dir, "--seed", "3").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "NEON")
	theirs, err := picture.Open(filepath.Join(a.dir, "sneaker-000.png"))
	require.NoError(t, err)
	assert.LessOrEqual(t, apart(t, theirs, translateHere(t, filepath.Join(a.root, model), filepath.Join(a.root, drawing), 3)), 2)
}

func translateHere(t *testing.T, model, drawing string, seed uint64) image.Image {
	m, err := weights.Open(model)
	require.NoError(t, err)
	translator, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU})
	require.NoError(t, err)
	defer translator.Close()
	d, err := picture.Open(drawing)
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
