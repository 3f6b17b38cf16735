package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/ort"
	"github.com/webmunit/webmunit/tools/internal/serve"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/tfport/tftest"
)

// TestExportedONNXGivesTheGoldenVectors has onnxruntime compute what the golden vectors state, at sizes and batches that the files do not name.
func TestExportedONNXGivesTheGoldenVectors(t *testing.T) {
	needs.Browser(t)
	runtime, err := ort.Install(t.Context(), t.Logf)
	require.NoError(t, err)
	dir := t.TempDir()
	mux := http.NewServeMux()
	mux.Handle("/ort/", http.StripPrefix("/ort", serve.Handler(os.DirFS(runtime))))
	mux.Handle("/", serve.Handler(os.DirFS(dir)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), nil, 0o644))
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx, closeBrowser, err := chromium.Start(t.Context(), chromium.Options{})
	require.NoError(t, err)
	defer closeBrowser()
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL)))

	t.Run("kin", func(t *testing.T) { exportKin(ctx, t, dir) })
	t.Run("noise", func(t *testing.T) { exportNoise(ctx, t, dir) })
	t.Run("TensorFlow port", func(t *testing.T) { exportTensorFlowPort(ctx, t, dir) })
	for _, name := range []string{"tiny", "zero3"} {
		v := optest.LoadGolden(t, name)
		model := filepath.Join(t.TempDir(), name+".munit.safetensors")
		require.NoError(t, v.Model.WriteFile(model))
		r := munit(t, "export", "--model", model, "--output", filepath.Join(dir, name))
		require.Zero(t, r.code, r.stderr)
		for _, c := range []struct {
			network string
			inputs  map[string]string // golden tensors by the network's inputs
			want    string
		}{
			{"enc_content_a", map[string]string{"x": "x_a"}, "c_a"}, {"enc_content_b", map[string]string{"x": "x_b"}, "c_b"},
			{"enc_style_a", map[string]string{"x": "x_a"}, "s_a"}, {"enc_style_b", map[string]string{"x": "x_b"}, "s_b"},
			{"dec_a", map[string]string{"content": "c_b", "style": "s"}, "x_ba"}, {"dec_b", map[string]string{"content": "c_a", "style": "s_b"}, "x_ab_guided"},
			{"a2b", map[string]string{"x": "x_a", "style": "s"}, "x_ab"}, {"b2a", map[string]string{"x": "x_b", "style": "s"}, "x_ba"},
		} {
			assert.Contains(t, r.stdout, c.network+".onnx")
			feeds := map[string]feed{}
			for input, golden := range c.inputs {
				feeds[input] = feed{v.Tensors[golden], v.Shapes[golden]}
				if input == "style" {
					feeds[input] = feed{v.Tensors[golden], v.Shapes[golden][:2]}
				}
			}
			got, err := runONNX(ctx, name+"/"+c.network+".onnx", feeds)
			require.NoError(t, err, c.network)
			want := v.Tensors[c.want]
			require.Len(t, got, len(want), c.network)
			assert.LessOrEqual(t, optable.NMSE(got, want), 1e-9, "%s of %s", c.network, name)
		}
	}
}

// exportKin goes from checkpoints of other methods to onnxruntime.
func exportKin(ctx context.Context, t *testing.T, dir string) {
	for folder, c := range map[string]struct {
		args          []string
		network       string
		x, style, out string
	}{
		"cyclegan":       {[]string{"--checkpoint", kinData + "cyclegan/latest_net_G_A.pth"}, "a2b", "x", "", "y"},
		"cyclegan_batch": {[]string{"--checkpoint", kinData + "cyclegan_batch/latest_net_G_A.pth", "--eval"}, "a2b", "x", "", "y_eval"},
		"unit":           {[]string{"--checkpoint", kinData + "unit/gen.pt", "--config", kinData + "unit/config.yaml"}, "b2a", "x_b", "", "x_ba"},
		"bicyclegan":     {[]string{"--checkpoint", kinData + "bicyclegan/latest_net_G.pth", "--size", "128"}, "a2b", "x", "z", "y"},
	} {
		model := filepath.Join(t.TempDir(), folder+".munit.safetensors")
		r := munit(t, append([]string{"convert", "--output", model, "--dtype", "f32"}, c.args...)...)
		require.Zero(t, r.code, r.stderr)
		r = munit(t, "export", "--model", model, "--output", filepath.Join(dir, folder))
		require.Zero(t, r.code, r.stderr)
		backAgain(t, model, folder == "cyclegan_batch")
		golden, _, err := weights.OpenTensors(kinData+folder+"/golden.safetensors", 1<<24)
		require.NoError(t, err)
		feeds := map[string]feed{"x": {golden[c.x].Float32s(), golden[c.x].Shape}}
		if c.style != "" {
			feeds["style"] = feed{golden[c.style].Float32s(), golden[c.style].Shape}
		}
		got, err := runONNX(ctx, folder+"/"+c.network+".onnx", feeds)
		require.NoError(t, err, folder)
		assert.LessOrEqual(t, optable.MaxAbs(got, golden[c.out].Float32s()), 1e-3, folder)
	}
}

// exportNoise holds models that take noise against the reference: noise as a channel of the picture, and noise on the code.
func exportNoise(ctx context.Context, t *testing.T, dir string) {
	for name, c := range map[string]weights.Config{"CycleGANNoise": {Method: "CycleGANNoise"}, "UNIT": {Method: "UNIT", Noise: true}} {
		c.InputDimA, c.InputDimB = 3, 3
		c.Gen = weights.Gen{Dim: 4, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"}
		m := formula.Model(c, "noise", "a", "b")
		model := filepath.Join(t.TempDir(), name+".munit.safetensors")
		require.NoError(t, m.WriteFile(model))
		done(t, "export", "--model", model, "--output", filepath.Join(dir, name))
		if !c.Noise { // which a state dict does not say
			backAgain(t, model, true)
		}

		g := graph.New()
		b := net.Builder{Graph: g, Config: c}
		g.Output("y", b.Translate(weights.A2B, g.Input("x", 1, 3, 20, 28), b.Style(weights.A2B, 1, 20, 28)))
		reference := cpu.New(cpu.Options{Reference: true})
		params := reference.NewParams(m)
		p, err := reference.Compile(ctx, g, params)
		require.NoError(t, err)
		feeds := map[string]feed{}
		want, err := graph.RunOnce(ctx, reference, p, g, func(n *graph.Node) ([]float32, error) {
			feeds[n.Name] = feed{tftest.Uniform(n.Name, n.Shape.Elems()), n.Shape}
			return feeds[n.Name].Data, nil
		})
		require.NoError(t, err)
		require.Len(t, feeds, 2)
		got, err := runONNX(ctx, name+"/a2b.onnx", feeds)
		require.NoError(t, err, name)
		assert.LessOrEqual(t, optable.NMSE(got, want[0]), 1e-9, name)
		p.Close()
		params.Close()
		require.NoError(t, reference.Close())
	}
}

// backAgain exports a model in both forms and converts these: they make the same model. folded is one that the original has no form for.
func backAgain(t *testing.T, model string, folded bool) {
	want, err := weights.Open(model)
	require.NoError(t, err)
	for format, pattern := range map[string]string{"onnx": "*2*.onnx", "safetensors": "gen_a*"} {
		dir := t.TempDir()
		r := munit(t, "export", "--model", model, "--format", format, "--output", dir)
		if folded && format == "safetensors" {
			assert.Equal(t, exitFailed, r.code)
			assert.Contains(t, r.stderr, "ONNX")
			continue
		}
		require.Zero(t, r.code, r.stderr)
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		back := filepath.Join(dir, "back.munit.safetensors")
		r = munit(t, "convert", "--checkpoint", files[0], "--output", back, "--dtype", "f32")
		require.Zero(t, r.code, r.stderr)
		got, err := weights.Open(back)
		require.NoError(t, err)
		assert.Equal(t, want.Config, got.Config)
		require.Equal(t, slices.Sorted(maps.Keys(want.Tensors)), slices.Sorted(maps.Keys(got.Tensors)))
		for name, tensor := range want.Tensors {
			assert.Equal(t, tensor.Float32s(), got.Tensors[name].Float32s(), name)
		}
	}
}

// kinData has checkpoints of UNIT, CycleGAN and BicycleGAN, and what their own code computes.
const kinData = "../../runtime/optest/testdata/kin/"

// exportTensorFlowPort goes all the way from a checkpoint of the port to onnxruntime.
func exportTensorFlowPort(ctx context.Context, t *testing.T, dir string) {
	golden, err := tftest.LoadGolden()
	require.NoError(t, err)
	index, data := tftest.Bundle(tftest.Port())
	from := t.TempDir()
	checkpoint, model := filepath.Join(from, "MUNIT.model-7.index"), filepath.Join(from, "port.munit.safetensors")
	require.NoError(t, os.WriteFile(checkpoint, index, 0o644))
	r := munit(t, "convert", "--checkpoint", checkpoint, "--output", model, "--dtype", "f32")
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.stderr, "MUNIT.model-7.data-00000-of-00001")
	require.NoError(t, os.WriteFile(filepath.Join(from, "MUNIT.model-7.data-00000-of-00001"), data, 0o644))
	r = munit(t, "convert", "--checkpoint", checkpoint, "--output", model, "--dtype", "f32")
	require.Zero(t, r.code, r.stderr)

	r = munit(t, "export", "--model", model, "--format", "safetensors", "--output", filepath.Join(dir, "port"))
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.stderr, "enc_norm in_affine")
	r = munit(t, "export", "--model", model, "--output", filepath.Join(dir, "port"))
	require.Zero(t, r.code, r.stderr)
	const height, width = 16, 32
	nhwc := tftest.Uniform("picture", 3*height*width)
	nchw := make([]float32, len(nhwc))
	for i, v := range nhwc {
		nchw[i%3*height*width+i/3] = v
	}
	got, err := runONNX(ctx, "port/a2b.onnx", map[string]feed{"x": {nchw, []int{1, 3, height, width}}, "style": {golden.Style, []int{1, 3}}})
	require.NoError(t, err)
	assert.LessOrEqual(t, optable.MaxAbs(got, golden.Picture), 1e-4)
}

// feed is an input of an ONNX model.
type feed struct {
	Data  []float32
	Shape []int
}

func TestExportedStateDicts(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	r := munit(t, "export", "--model", avatars, "--format", "safetensors", "--output", out)
	require.Zero(t, r.code, r.stderr)
	for _, name := range []string{"gen_a.safetensors", "gen_b.safetensors"} {
		assert.Contains(t, r.stdout, name)
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		_, err = weights.Parse(data)
		assert.ErrorIs(t, err, weights.ErrNotModel, "a state_dict is for PyTorch")
	}
}

func TestExportOfWhatCannotBe(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"export", "--output", "x"}, exitWrongUse, "--model is missing"},
		{[]string{"export", "--model", avatars}, exitWrongUse, "--output is missing"},
		{[]string{"export", "--model", avatars, "--output", "x", "--format", "pb"}, exitWrongUse, `--format is "pb"`},
		{[]string{"export", "--model", "none.munit.safetensors", "--output", "x"}, exitFailed, "there is no model"},
		{[]string{"export", "--model", avatars, "--output", avatars + "/x"}, exitFailed, "output directory"},
	} {
		r := munit(t, c.args...)
		assert.Equal(t, c.code, r.code, "%v", c.args)
		assert.Contains(t, r.stderr, c.want)
		assert.NoDirExists(t, "x")
	}
}

// runONNX computes the one output of the model served under the name.
func runONNX(ctx context.Context, model string, feeds map[string]feed) ([]float32, error) {
	inputs, err := json.Marshal(feeds)
	if err != nil {
		return nil, err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[[]float32](fmt.Sprintf(`(async () => {
		const ort = await import("/ort/ort.wasm.min.mjs");
		ort.env.wasm.numThreads = 1;
		const session = await ort.InferenceSession.create("/%s");
		const feeds = {};
		for (const [name, { Data, Shape }] of Object.entries(%s)) feeds[name] = new ort.Tensor("float32", new Float32Array(Data), Shape);
		const outputs = await session.run(feeds);
		return Array.from(outputs[session.outputNames[0]].data);
	})()`, model, inputs), chromedp.EvalAwaitPromise))
}

// TestExportKeepsWhatWasThere: permissions, and, where a file cannot be written, all of the export before.
func TestExportKeepsWhatWasThere(t *testing.T) {
	out := t.TempDir()
	export := []string{"export", "--model", tiny(t, nil), "--format", "safetensors", "--output", out}
	done(t, export...)
	a := filepath.Join(out, "gen_a.safetensors")
	require.NoError(t, os.Chmod(a, 0o600))
	left := filepath.Join(out, ".munit-0123456789abcdef.part")
	require.NoError(t, os.WriteFile(left, []byte("what a killed export left"), 0o600))
	done(t, export...)
	info, err := os.Stat(a)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.NoFileExists(t, left)
	before := must(os.ReadFile(a))
	require.NoError(t, os.Remove(filepath.Join(out, "gen_b.safetensors")))
	require.NoError(t, os.Mkdir(filepath.Join(out, "gen_b.safetensors"), 0o755))
	requireError(t, munit(t, "export", "--model", avatars, "--format", "safetensors", "--output", out), 1, "gen_b.safetensors", "directory")
	assert.Equal(t, before, must(os.ReadFile(a)))
}
