package main

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

const (
	avatars    = "../../weights/avatars.munit.safetensors"
	pictures   = "../../runtime/picture/testdata/"
	nvlabsData = "../../weights/nvlabs/testdata/"
)

// The tests run the program as a process of its own: this one, told by the environment that it is munit.
const asMunit = "MUNIT_TEST_IS_MUNIT"

func TestMain(m *testing.M) {
	if os.Getenv(asMunit) != "" {
		main()
		return
	}
	validation.Main(m)
}

// process prepares a run of munit.
func process(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asMunit+"=1")
	return cmd
}

type ran struct {
	code           int
	stdout, stderr string
}

func munit(t *testing.T, args ...string) ran {
	t.Helper()
	return finish(t, process(args...))
}

func finish(t *testing.T, cmd *exec.Cmd) ran {
	t.Helper()
	validation.Watch(t)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// done runs munit and wants it to succeed.
func done(t *testing.T, args ...string) ran {
	t.Helper()
	r := munit(t, args...)
	require.Equal(t, 0, r.code, "munit %v: %s", args, r.stderr)
	return r
}

// requireError wants an error of one line with a hint under it, and the exit code.
func requireError(t *testing.T, r ran, code int, says ...string) {
	t.Helper()
	require.Equal(t, code, r.code, r.stderr)
	lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
	require.GreaterOrEqual(t, len(lines), 2, r.stderr)
	message, hint := lines[len(lines)-2], lines[len(lines)-1]
	assert.True(t, strings.HasPrefix(message, "munit"), message)
	assert.True(t, strings.HasPrefix(hint, "hint: ") && len(hint) > len("hint: "), hint)
	for _, s := range says {
		assert.Contains(t, message+"\n"+hint, s)
	}
	assert.NotContains(t, r.stderr, "goroutine ")
}

// tinyConfig is of a model that computes at once.
func tinyConfig() weights.Config {
	return weights.Config{InputDimA: 3, InputDimB: 3, NewSize: 16,
		Gen: weights.Gen{Dim: 8, MLPDim: 8, StyleDim: 4, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"}}
}

// tiny writes a model with weights by formula.
func tiny(t *testing.T, change func(m *weights.Model) *weights.Model) string {
	t.Helper()
	m := formula.Model(tinyConfig(), "munit", "a", "b")
	if change != nil {
		m = change(m)
	}
	path := filepath.Join(t.TempDir(), "tiny.munit.safetensors")
	require.NoError(t, m.WriteFile(path))
	return path
}

func readPNG(t *testing.T, path string) *image.NRGBA {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	m, err := png.Decode(f)
	require.NoError(t, err, path)
	flat := image.NewNRGBA(m.Bounds())
	for y := range flat.Rect.Dy() {
		for x := range flat.Rect.Dx() {
			flat.Set(x, y, m.At(x, y))
		}
	}
	return flat
}

func writePNG(t *testing.T, path string, m image.Image) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, png.Encode(f, m))
}

// files lists the files below dir, hidden ones too.
func files(t *testing.T, dir string) []string {
	t.Helper()
	names := []string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	require.NoError(t, err)
	slices.Sort(names)
	return names
}

func TestHelp(t *testing.T) {
	r := done(t, "--help")
	for _, verb := range []string{"translate", "convert", "info", "devices", "serve", "bench", "doctor", "train", "eval", "export"} {
		assert.Contains(t, r.stdout, "\n  "+verb+" ")
		help := done(t, verb, "--help").stdout
		assert.Contains(t, help, "Examples:\n  ", verb)
		assert.Contains(t, help, "munit "+verb, verb)
	}
}

func TestWrongVerbs(t *testing.T) {
	requireError(t, munit(t), 2, "no verb")
	requireError(t, munit(t, "tranlate"), 2, `"tranlate"`, "did you mean munit translate?")
	requireError(t, munit(t, "fry"), 2, `"fry"`)
	requireError(t, munit(t, "--frobnicate"), 2, "--frobnicate")
	for _, verb := range []string{"devices", "bench", "doctor", "serve", "convert"} {
		requireError(t, munit(t, verb, "surplus"), 2, "surplus")
		requireError(t, munit(t, verb, "--no-such-flag"), 2, "--no-such-flag", "munit "+verb+" --help")
	}
}
