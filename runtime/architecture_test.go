package runtime

import (
	"bytes"
	"image"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/onnx"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// toy is an architecture as short as one can be: a convolution there, and one back. Nothing but this test knows of it.
var toy = weights.Architecture{
	Parts: []weights.Part{"net"},
	Stages: func(d weights.Direction) weights.Stages {
		return weights.Stages{Decode: d.From().Network("net")}
	},
	Layers: func(c weights.Config, d weights.Domain, _ weights.Part) []weights.Layer {
		out := c.InputDim(d.From().To())
		return []weights.Layer{{Op: weights.Conv, Name: "conv", In: c.InputDim(d), Out: out, Kernel: 3, Stride: 1, Pad: 1, PadType: "reflect", Bias: true}, {Op: weights.Activate, Kind: "tanh"}}
	},
}

// A new architecture is written, read, described, translated with and exported by all that asks for it, without a word about it anywhere else.
func TestToyArchitecture(t *testing.T) {
	weights.Architectures["toy"] = toy
	defer delete(weights.Architectures, "toy")
	m := formula.Model(weights.Config{Method: "toy", InputDimA: 3, InputDimB: 1,
		Gen: weights.Gen{Dim: 1, Activ: "relu", NRes: 1, PadType: "reflect"}}, "toy", "a", "b")
	require.Len(t, m.Tensors, 4)
	var file bytes.Buffer
	_, err := m.WriteTo(&file)
	require.NoError(t, err)
	m, err = weights.Parse(file.Bytes())
	require.NoError(t, err)
	assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())

	tr, err := Load(t.Context(), m, Options{Device: DeviceCPU})
	require.NoError(t, err)
	defer tr.Close()
	img := image.NewNRGBA(image.Rect(0, 0, 17, 9))
	for i := range img.Pix {
		img.Pix[i] = uint8(31 * i)
	}
	for _, d := range m.Directions() {
		y, err := tr.Translate(t.Context(), img, d, nil)
		require.NoError(t, err)
		assert.Equal(t, img.Rect, y.Rect)
		assert.NotEqual(t, y.Pix[0], y.Pix[4*8], "a picture of one colour")
	}
	networks := onnx.Networks(m)
	require.Len(t, networks, 2)
	assert.Equal(t, "a2b", networks[0].Name)
	assert.NoError(t, networks[0].Export(new(bytes.Buffer)))
	one, err := m.Only(weights.B2A)
	require.NoError(t, err)
	assert.Len(t, one.Tensors, 2)
}
