package junyanz

import (
	"fmt"

	"github.com/webmunit/webmunit/weights"
)

// StateDict gives the generator of domain d as the original's state_dict, float32, so that PyTorch's load_state_dict takes it with strict=True: with the
// conv biases in front of instance norms, which have no effect and are zero, and with statistics of batch norms, which are not those of a training
// and which test.py does not use unless it is given --eval. A model without that generator gives an empty map.
func StateDict(m *weights.Model, d weights.Domain) (map[string]*weights.Tensor, error) {
	if m.Config.Gen.NetG == "" {
		return nil, fmt.Errorf("junyanz' projects have no generator like this model's: it can be exported as ONNX")
	}
	norm := m.Config.Gen.EncNorm
	if norm == weights.NoNorm {
		return nil, fmt.Errorf("the model's batch norms are parts of its convolutions (convert --eval), which the original has not: it can be exported as ONNX")
	}
	dict := map[string]*weights.Tensor{}
	for _, n := range m.Config.Networks() {
		if n.Domain != d || !m.Has(n) {
			continue
		}
		for _, l := range m.Config.AllLayers(n) {
			for _, k := range l.Keys() {
				dict[k.Name] = weights.NewTensor(k.Shape, m.Tensors[d.Tensor(k.Name)].Float32s())
			}
			switch {
			case l.Op == weights.Norm && norm == weights.InstanceNormAffine:
				dict[l.Name+".running_mean"] = weights.NewVector(l.Out, 0)
				dict[l.Name+".running_var"] = weights.NewVector(l.Out, 1)
			case l.Op != weights.Norm && len(l.Keys()) == 1 && norm == "":
				dict[l.Name+".bias"] = weights.NewVector(l.Out, 0)
			}
		}
	}
	return dict, nil
}

// ImportStateDicts reads back what StateDict gave of a model of config cfg. A network is there with all its tensors or not at all.
func ImportStateDicts(dicts map[weights.Domain]map[string]*weights.Tensor, cfg weights.Config) (*weights.Model, error) {
	return weights.Assemble(cfg, func(n weights.Network, k weights.Key) *weights.Tensor { return dicts[n.Domain][k.Name] })
}
