package nvlabs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

// StateDict gives the generator of domain d as a state_dict of NVlabs' MUNIT or UNIT, float32, so that PyTorch's load_state_dict takes it with
// strict=True: with the conv biases in front of norms, which have no effect and are zero, and the statistics that its AdaIN layers hold and
// never use. Parts that the model leaves out stay out; a model without any part of d gives an empty map. A model with norms that
// NVlabs' MUNIT does not have (weights.Gen.EncNorm, DecNorm) is an error.
func StateDict(m *weights.Model, d weights.Domain) (map[string]*weights.Tensor, error) {
	if g := m.Config.Gen; g.EncNorm == weights.InstanceNormAffine || g.DecNorm == weights.LayerNormVarEps {
		return nil, fmt.Errorf("NVlabs' MUNIT has no norms like this model's (enc_norm %s, dec_norm %s): it can be exported as ONNX", g.EncNorm, g.DecNorm)
	}
	if is := cmp.Or(m.Config.Method, MUNIT); is != MUNIT && is != "UNIT" {
		return nil, fmt.Errorf("NVlabs have no generators like those of this model, which is one of %s: it can be exported as ONNX", is)
	}
	dict := map[string]*weights.Tensor{}
	for _, n := range m.Config.Networks() {
		if n.Domain != d || !m.Has(n) {
			continue
		}
		for _, k := range m.Config.Keys(n) {
			dict[k.Name] = weights.NewTensor(k.Shape, m.Tensors[d.Tensor(k.Name)].Float32s())
		}
		for _, k := range m.Config.Keys(n) {
			layer, isConv := strings.CutSuffix(k.Name, ".conv.weight")
			if !isConv || dict[layer+".conv.bias"] != nil {
				continue
			}
			dict[layer+".conv.bias"] = weights.NewVector(k.Shape[0], 0)
			if n.Part == weights.Dec && m.Config.Architecture().Styles { // only AdaIN's convs have no bias here
				dict[layer+".norm.running_mean"] = weights.NewVector(k.Shape[0], 0)
				dict[layer+".norm.running_var"] = weights.NewVector(k.Shape[0], 1)
			}
		}
	}
	return dict, nil
}

// Metadata is what a file of StateDict says beside the tensors, so that weights can be read back from it without a config.
func Metadata(m *weights.Model, d weights.Domain) (map[string]string, error) {
	config, err := json.Marshal(m.Config)
	name := map[weights.Domain]string{weights.A: m.DomainA, weights.B: m.DomainB}[d]
	return map[string]string{"format": "pt", "generator": string(d), "config": string(config), "domain": name, "license": m.License, "source": m.Source}, err
}

// CheckpointName is the file of a generator's state_dict.
func CheckpointName(d weights.Domain) string { return fmt.Sprintf("gen_%s.safetensors", d) }
