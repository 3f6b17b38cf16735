package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/weights"
)

func TestInfo(t *testing.T) {
	text := done(t, "info", avatars).stdout
	stat, err := os.Stat(avatars)
	require.NoError(t, err)
	size := fmt.Sprintf("%.2f MB", float64(stat.Size())/1e6)
	for _, s := range []string{"drawing", "avatar", "a2b", "b2a", "dim 16", "style_dim 8", "int8", size, "128 pixels", "CC BY 4.0", "GFLOP"} {
		assert.Contains(t, text, s)
	}
	assert.NotContains(t, text, "gen_a.")
	assert.Contains(t, done(t, "info", avatars, "--tensors").stdout, "gen_a.enc_content.model.0.conv.weight")

	model := tiny(t, nil)
	var info modelInfo
	require.NoError(t, json.Unmarshal([]byte(done(t, "info", model, "--json", "--tensors").stdout), &info))
	assert.Equal(t, tinyConfig(), info.Config)
	stat, err = os.Stat(model)
	require.NoError(t, err)
	assert.Equal(t, stat.Size(), info.Bytes)
	require.Len(t, info.Directions, 2)
	// By hand, 16×16: 7×7 conv to 8 channels, 4×4 convs to 16 at 8² and 32 at 4², two 3×3 convs at 32 on 4².
	assert.EqualValues(t, 2*(256*8*3*49+64*16*8*16+16*32*16*16+2*16*32*32*9), info.Directions[0].Encode)
	parameters := int64(0)
	for _, x := range info.Tensors {
		n := int64(1)
		for _, d := range x.Shape {
			n *= int64(d)
		}
		parameters += n
		assert.Equal(t, weights.F32, x.DType)
	}
	assert.Equal(t, parameters, info.Parameters)

	requireError(t, munit(t, "info"), 2, "model file is missing")
	requireError(t, munit(t, "info", "nowhere"), 1, "nowhere")
	requireError(t, munit(t, "info", nvlabsData+"gen.pt"), 1, "PyTorch checkpoint")
}

func TestDevices(t *testing.T) {
	needs.GPU(t)
	assert.Regexp(t, `(?m)^\* (gpu|cpu)  .*auto takes it`, done(t, "devices").stdout)
	var list []device
	require.NoError(t, json.Unmarshal([]byte(done(t, "devices", "--json").stdout), &list))
	require.Greater(t, len(list), 1, "no GPU, not even an emulated one: make setup installs it")
	auto := 0
	for _, d := range list {
		assert.NotEmpty(t, d.Name)
		if d.Auto {
			auto++
			assert.False(t, d.Software, "auto never takes an emulated GPU")
			assert.NotEmpty(t, d.Why)
		}
	}
	assert.Equal(t, 1, auto)
	assert.Equal(t, "cpu", list[len(list)-1].Kind)
}

func TestDoctor(t *testing.T) {
	needs.GPU(t)
	var d diagnosis
	r := done(t, "doctor", "--json")
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &d))
	assert.True(t, d.Healthy)
	for _, p := range d.Devices {
		require.NotEmpty(t, p.Checks, p.Name)
		for _, c := range p.Checks {
			assert.Empty(t, c.Error, "%s: %s", p.Name, c.Name)
		}
	}
	assert.Greater(t, len(d.Devices[0].Checks), 5, "a GPU is tried kernel by kernel: make setup installs an emulated one")
	text := done(t, "doctor").stdout
	for _, s := range []string{"program  munit", "go1.", "system   ", "gpu  ", "cpu  ", "buffers up to", "ok   a whole network", "All checks passed."} {
		assert.Contains(t, text, s)
	}
}

// TestDoctorTellsWhatFails: a check that fails is in the report, and in the exit code.
func TestDoctorTellsWhatFails(t *testing.T) {
	bad := diagnosis{Devices: []patient{{Checks: []check{{Name: "fine"}, {Name: "product", Error: "differs"}}}}}
	assert.Equal(t, 1, bad.failures())
	var text recorder
	bad.print(&text)
	assert.Contains(t, string(text), "  ok   fine\n  FAIL product: differs\n")
	assert.Contains(t, string(text), "1 check failed.")
}

type recorder []byte

func (r *recorder) Write(p []byte) (int, error) {
	*r = append(*r, p...)
	return len(p), nil
}

// TestWithoutGPU hides every Vulkan driver from the program.
func TestWithoutGPU(t *testing.T) {
	none := []string{"VK_DRIVER_FILES=/nonexistent.json", "VK_ICD_FILENAMES=/nonexistent.json"}
	run := func(args ...string) ran {
		cmd := process(args...)
		cmd.Env = append(cmd.Env, none...)
		return finish(t, cmd)
	}
	out := filepath.Join(t.TempDir(), "out")
	args := []string{"translate", "--model", tiny(t, nil), "--input", "testdata/drawing.png", "--output", out, "--device"}
	requireError(t, run(append(args, "gpu")...), 1, "no GPU", "--device cpu")
	assert.NoDirExists(t, out)
	r := run(append(args, "auto")...)
	require.Equal(t, 0, r.code, r.stderr)
	assert.Contains(t, r.stderr, "computing on the CPU")
	assert.Contains(t, r.stderr, "there is no GPU")
	assert.FileExists(t, filepath.Join(out, "drawing-000.png"))

	r = run("doctor")
	assert.Equal(t, 0, r.code, r.stderr)
	assert.Contains(t, r.stdout, "No GPU was found")
	r = run("doctor", "--issue")
	assert.Equal(t, 0, r.code, r.stderr)
	assert.Regexp(t, "(?s)^## What happened\n.*## Report\n\n```\nmunit doctor\n.*All checks passed.\n```\n$", r.stdout)
	requireError(t, run("doctor", "--issue", "--json"), 2, "--issue goes with neither")
	r = run("devices")
	assert.Regexp(t, `^\* cpu .*no GPU was found\n$`, r.stdout)
}

// TestDoctorTunes: what one run measures, the next one knows.
func TestDoctorTunes(t *testing.T) {
	needs.GPU(t)
	cache := "XDG_CACHE_HOME=" + t.TempDir()
	examined := func(args ...string) patient {
		cmd := process(append([]string{"doctor", "--json"}, args...)...)
		cmd.Env = append(cmd.Env, cache)
		r := finish(t, cmd)
		require.Equal(t, 0, r.code, r.stderr)
		var d diagnosis
		require.NoError(t, json.Unmarshal([]byte(r.stdout), &d))
		return d.Devices[0]
	}
	before := examined()
	require.Equal(t, "gpu", before.Kind, "make setup installs an emulated GPU")
	assert.Empty(t, before.Tuned)
	require.NotEmpty(t, before.Variants)
	for _, v := range before.Variants {
		assert.NotEqual(t, gpu.VariantOff, v.State, "%s: %s", v.Name, v.Error)
	}

	tuned := examined("--tune", "--model", tiny(t, nil))
	require.NotEmpty(t, tuned.Tuned)
	assert.Equal(t, tuned.Tuned, examined().Tuned)

	requireError(t, munit(t, "doctor", "--model", avatars), 2, "--tune is missing")
	requireError(t, munit(t, "doctor", "--tune", "--tune-budget", "0s"), 2, "--tune-budget is 0s")
	requireError(t, munit(t, "doctor", "--tune", "--model", "nowhere"), 1, "nowhere")
}

// TestDoctorNamesWhatIsOff: a way to compute that a device gets wrong is no failure, but is named with the reason.
func TestDoctorNamesWhatIsOff(t *testing.T) {
	p := patient{Variants: []variant{{Name: "quick", State: gpu.VariantOff, Error: "computes something else"}, {Name: "plain", State: gpu.VariantProved}},
		Tuned: []gpu.Tuned{{Variant: "plain", Times: []gpu.Timing{{Variant: "plain", Seconds: 0.00125}, {Variant: "other", Seconds: 0.5}},
			Shape: gpu.ConvShape{Inputs: 3, Outputs: 8, Height: 16, Width: 32, Batch: 1, Kernel: 7, Stride: 1, Pad: 3}}}}
	var text recorder
	(&diagnosis{Devices: []patient{p}}).print(&text)
	assert.Contains(t, string(text), "       off      quick: computes something else\n       proved   plain\n")
	assert.Regexp(t, `7×7 3→8 on 32×16, zero +plain 1.25 ms \(other 500 ms\)\n`, string(text))
}
