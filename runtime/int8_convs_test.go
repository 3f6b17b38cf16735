package runtime_test

import (
	"image"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// TestInt8ConvsQuality holds a GPU that computes every convolution in int8, activations too, to docs/networks.md, "Tolerances", on real drawings.
func TestInt8ConvsQuality(t *testing.T) {
	m, err := weights.Open("testdata/avatars-f16.munit.safetensors")
	require.NoError(t, err)
	drawings, err := filepath.Glob("../site/samples/avatars/*.png")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(drawings), 2)
	needs.GPU(t)
	validation.Watch(t)
	device, err := gpu.Open(t.Context(), gpu.Options{Variant: "direct int8 unpacked"})
	require.NoError(t, err, "no WebGPU device: run `make setup`, which installs a software Vulkan driver and Chromium")
	defer device.Close()
	ref := cpu.New(cpu.Options{})
	defer ref.Close()

	size := runtime.DefaultSize(m.Config, weights.A2B)
	g := graph.New()
	b := &net.Builder{Graph: g, Config: m.Config}
	content := b.EncodeContent(weights.A, g.Input("x", 1, 3, size, size))
	g.Output("y", b.Decode(weights.B, content, b.MLP(weights.B, g.Input("s", 1, m.Config.Gen.StyleDim))))
	require.Contains(t, device.Uses(g), "direct int8 unpacked")
	for _, file := range drawings[:2] {
		x := planes(runtime.Fit(readPNG(t, file), size))
		style := make([]float32, m.Config.Gen.StyleDim)
		for i := range style {
			style[i] = float32(math.Sin(float64(3*i + 1)))
		}
		want, got := execute(t, ref, g, m, x, style), execute(t, device, g, m, x, style)
		var sum float64
		for i := range want {
			sum += math.Pow(float64(got[i]-want[i]), 2)
		}
		require.GreaterOrEqual(t, 10*math.Log10(4*float64(len(want))/sum), 38.0, "dB, %s", file)
	}
}

// planes are the values of a picture in [-1, 1], channel by channel.
func planes(img image.Image) []float32 {
	size := img.Bounds().Size()
	values := make([]float32, 3*size.X*size.Y)
	for y := range size.Y {
		for x := range size.X {
			r, g, b, _ := img.At(x, y).RGBA()
			for c, v := range []uint32{r, g, b} {
				values[(c*size.Y+y)*size.X+x] = float32(v)/0x7fff - 1
			}
		}
	}
	return values
}

// execute runs g on e and returns its output.
func execute(t *testing.T, e graph.Executor, g *graph.Graph, m *weights.Model, inputs ...[]float32) []float32 {
	params := e.NewParams(m)
	defer params.Close()
	p, err := e.Compile(t.Context(), g, params)
	require.NoError(t, err)
	defer p.Close()
	var in []graph.Tensor
	for i, n := range g.Inputs() {
		x, err := e.NewTensor(n.Shape)
		require.NoError(t, err)
		defer x.Close()
		require.NoError(t, x.Write(t.Context(), inputs[i]))
		in = append(in, x)
	}
	y, err := e.NewTensor(g.Outputs()[0].Shape)
	require.NoError(t, err)
	defer y.Close()
	require.NoError(t, p.Run(t.Context(), in, []graph.Tensor{y}))
	values := make([]float32, y.Shape().Elems())
	require.NoError(t, y.Read(t.Context(), values))
	return values
}
