package tfport_test

import (
	"bytes"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/tfport"
	"github.com/webmunit/webmunit/weights/tfport/tftest"
)

func importBundle(tensors map[string]tftest.Tensor) (*weights.Model, error) {
	index, data := tftest.Bundle(tensors)
	return tfport.Import(index, func(int, int) (tfport.Shard, error) { return bytes.NewReader(data), nil })
}

func TestImport(t *testing.T) {
	m, err := importBundle(tftest.Port())
	require.NoError(t, err)
	assert.Equal(t, weights.Gen{Dim: 4, MLPDim: 16, StyleDim: 3, Activ: "relu", NDownsample: 2, NRes: 2, PadType: "reflect",
		EncNorm: weights.InstanceNormAffine, DecNorm: weights.LayerNormVarEps}, m.Config.Gen)
	assert.Equal(t, []weights.Direction{weights.A2B, weights.B2A}, m.Directions())
	assert.True(t, m.Has(weights.A.Network(weights.EncStyle)))

	// [height, width, in, out] becomes [out, in, height, width].
	theirs := tftest.Port()["decoder_B/conv_0/conv2d/kernel"]
	ours := m.Tensors["gen_b.dec.model.2.conv.weight"].Float32s()
	assert.Equal(t, theirs.Values[((3*5+1)*16+7)*8+2], ours[((2*16+7)*5+3)*5+1])
	// In NVlabs' order an AdaIN layer takes its shifts first.
	adain := m.Tensors["gen_a.mlp.model.2.fc.bias"].Float32s()
	assert.Equal(t, tftest.Port()["decoder_A/MLP/FC_var_1/dense/bias"].Values, adain[2*16:3*16])
	assert.Equal(t, tftest.Port()["decoder_A/MLP/FC_mu_1/dense/bias"].Values, adain[3*16:4*16])

	var file bytes.Buffer
	_, err = m.WriteTo(&file)
	require.NoError(t, err)
	back, err := weights.Parse(file.Bytes())
	require.NoError(t, err)
	assert.Equal(t, m.Config, back.Config)
	assert.Equal(t, m.Tensors, back.Tensors)
}

func TestImportOfWhatIsNotThere(t *testing.T) {
	without := func(name string) map[string]tftest.Tensor {
		tensors := maps.Clone(tftest.Port())
		delete(tensors, name)
		return tensors
	}
	for name, want := range map[string]string{
		"content_encoder_A/conv_0/conv2d/kernel": "no MUNIT of the TensorFlow port",
		"decoder_B/MLP/FC_mu_2/dense/kernel":     `"decoder_B/MLP/FC_mu_2/dense/kernel" is missing`,
		"decoder_A/layer_norm_1/beta":            `"decoder_A/layer_norm_1/beta" is not in the checkpoint`,
	} {
		_, err := importBundle(without(name))
		assert.ErrorContains(t, err, want)
	}
	wrong := maps.Clone(tftest.Port())
	wrong["style_encoder_B/SE_logit/conv2d/bias"] = tftest.Tensor{Shape: []int{4}, Values: make([]float32, 4)}
	_, err := importBundle(wrong)
	assert.ErrorContains(t, err, `"style_encoder_B/SE_logit/conv2d/bias" has shape [4]`)

	index, data := tftest.Bundle(tftest.Port())
	_, err = tfport.Import(index, func(int, int) (tfport.Shard, error) { return bytes.NewReader(data[:len(data)/2]), nil })
	assert.ErrorContains(t, err, "beyond the end of the .data file")
	_, err = tfport.Import([]byte("PK"), nil)
	assert.ErrorContains(t, err, "ends in .index")
}

func FuzzImport(f *testing.F) {
	index, data := tftest.Bundle(tftest.Port())
	f.Add(index)
	f.Fuzz(func(_ *testing.T, index []byte) {
		_, _ = tfport.Import(index, func(int, int) (tfport.Shard, error) { return bytes.NewReader(data), nil })
	})
}
