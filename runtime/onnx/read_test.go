package onnx_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/onnx"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

func smallest() *weights.Model {
	return formula.Model(weights.Config{InputDimA: 1, InputDimB: 3,
		Gen: weights.Gen{Dim: 2, MLPDim: 3, StyleDim: 2, Activ: "prelu", NDownsample: 1, NRes: 1, PadType: "reflect"}}, "onnx", "a", "b")
}

// TestWeightsAreReadBack: all networks of a model together have all of its tensors, as they were.
func TestWeightsAreReadBack(t *testing.T) {
	m := smallest()
	m.License = "CC0"
	found := map[string]*weights.Tensor{}
	for _, n := range onnx.Networks(m) {
		var file bytes.Buffer
		require.NoError(t, n.Export(&file))
		tensors, meta, err := onnx.Weights(file.Bytes())
		require.NoError(t, err)
		assert.Equal(t, "CC0", meta["license"])
		config, err := weights.ParseConfig(meta["config"])
		require.NoError(t, err)
		assert.Equal(t, m.Config, config)
		for name, tensor := range tensors {
			if strings.HasPrefix(name, "gen_") {
				found[name] = tensor
			}
		}
	}
	assert.Equal(t, m.Tensors, found)
}

func FuzzWeights(f *testing.F) {
	var file bytes.Buffer
	if err := onnx.Networks(smallest())[2].Export(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("\x08\x08:\x0a\x2a\x08\x08\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, _, err := onnx.Weights(data)
		if err != nil {
			return
		}
		for _, tensor := range tensors {
			_ = tensor.Float32s()
		}
	})
}

// TestWeightsOutOfRange: networks that overflow in every runtime are not exported.
func TestWeightsOutOfRange(t *testing.T) {
	for _, part := range smallest().Config.Architecture().Parts {
		m := smallest()
		for _, k := range m.Config.Keys(weights.B.Network(part)) {
			name := weights.B.Tensor(k.Name)
			values, err := m.Float32s(name, k.Shape)
			require.NoError(t, err)
			for i := range values {
				values[i] *= 1e20
			}
			m.Tensors[name] = weights.NewTensor(k.Shape, values)
		}
		refused := 0
		for _, n := range onnx.Networks(m) {
			var file bytes.Buffer
			if err := n.Export(&file); err != nil {
				require.ErrorIs(t, err, graph.ErrWeightRange)
				require.ErrorContains(t, err, n.Name+": ")
				require.Zero(t, file.Len())
				refused++
			}
		}
		require.Positive(t, refused, part)
	}
}
