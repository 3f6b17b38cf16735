package nvlabs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/pytorch"
)

// Import reads the generators of a checkpoint, {'a': state_dict, 'b': state_dict}, as an F32
// model; both forms that torch.save has written are read, and nothing in the file is run. The
// file may hold one generator, or some parts of them, only; each part must be whole. Conv biases
// without effect and normalisation statistics are left out. Errors name the tensor that does not
// fit the config, and the key of the config that would make it fit. License and Source are
// left for the caller.
func Import(data io.ReaderAt, size int64, cfg weights.Config) (*weights.Model, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c, err := pytorch.Open(data, size)
	if err != nil {
		return nil, err
	}
	generators, err := generatorsOf(c, cfg)
	if err != nil {
		return nil, err
	}
	return importAll(generators, cfg)
}

// ImportStateDicts is Import for generators that were saved as safetensors, each by itself, as StateDict gives them.
func ImportStateDicts(dicts map[weights.Domain]map[string]*weights.Tensor, cfg weights.Config) (*weights.Model, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	generators := make(map[weights.Domain]pytorch.StateDict)
	for d, tensors := range dicts {
		s := make(pytorch.StateDict)
		for key, t := range tensors {
			s.Add(key, &pytorch.Entry{Shape: t.Shape, Floats: func() ([]float32, error) { return t.Float32s(), nil }})
		}
		generators[d] = s
	}
	return importAll(generators, cfg)
}

func importAll(generators map[weights.Domain]pytorch.StateDict, cfg weights.Config) (*weights.Model, error) {
	m := &weights.Model{
		Config: cfg, DomainA: "a", DomainB: "b",
		DType: weights.F32, Tensors: make(map[string]*weights.Tensor),
	}
	for _, d := range weights.Domains {
		g := &generator{domain: d, cfg: cfg, tensors: generators[d]}
		if err := g.importTo(m); err != nil {
			return nil, err
		}
	}
	if len(m.Tensors) == 0 {
		return nil, fmt.Errorf("the checkpoint holds no %s generator (%v): give gen_*.pt", cmp.Or(cfg.Method, MUNIT), cfg.Architecture().Parts)
	}
	return m, nil
}

// StateDictTensors reads the tensors named keys, float32, of a checkpoint that is one state_dict, such as torchvision's weights of VGG16.
// Nothing in the file is run.
func StateDictTensors(data io.ReaderAt, size int64, keys []weights.Key) (map[string]*weights.Tensor, error) {
	c, err := pytorch.Open(data, size)
	if err != nil {
		return nil, err
	}
	top, _ := c.Top()
	if top == nil {
		return nil, errors.New("the checkpoint is not a state_dict")
	}
	found, tensors := top.StateDict(), make(map[string]*weights.Tensor)
	for _, k := range keys {
		t := found[k.Name]
		if t == nil || !slices.Equal(t.Shape, k.Shape) {
			return nil, fmt.Errorf("the checkpoint has no tensor %q of shape %v", k.Name, k.Shape)
		}
		values, err := t.Floats()
		if err != nil {
			return nil, fmt.Errorf("tensor %q %w", k.Name, err)
		}
		tensors[k.Name] = weights.NewTensor(k.Shape, values)
	}
	return tensors, nil
}

// generator is one domain's generator on its way into a model.
type generator struct {
	domain  weights.Domain
	cfg     weights.Config
	tensors pytorch.StateDict
}

// importTo checks all shapes before it reads any numbers.
func (g *generator) importTo(m *weights.Model) error {
	var keys []weights.Key
	for _, p := range g.cfg.Architecture().Parts {
		if has(g.tensors, p) {
			keys = append(keys, g.cfg.Keys(g.domain.Network(p))...)
		}
	}
	needed := make(map[string]bool)
	for _, k := range keys {
		if err := g.checkShape(k); err != nil {
			return err
		}
		needed[k.Name] = true
	}
	if err := g.checkRest(needed); err != nil {
		return err
	}
	for _, k := range keys {
		name := g.domain.Tensor(k.Name)
		values, err := g.tensors.Read(k.Name)
		if err != nil {
			return fmt.Errorf("tensor %q %w", name, err)
		}
		m.Tensors[name] = weights.NewTensor(k.Shape, values)
	}
	return nil
}

func (g *generator) checkShape(k weights.Key) error {
	name := g.domain.Tensor(k.Name)
	t, ok := g.tensors[k.Name]
	if !ok {
		return fmt.Errorf("tensor %q is not in the checkpoint, but the config asks for it with shape %v: %s", name, k.Shape, g.hint())
	}
	if !slices.Equal(t.Shape, k.Shape) {
		return fmt.Errorf("tensor %q has shape %v in the checkpoint, but the config asks for %v: %s", name, t.Shape, k.Shape, g.hint())
	}
	return nil
}

// checkRest refuses weights that the config leaves no place for, which would make a model that
// runs but computes something else. The biases in front of a norm, the norms' statistics and the
// placeholders that PyTorch 0.3 saved are vectors that rightly have no place.
func (g *generator) checkRest(needed map[string]bool) error {
	for _, key := range slices.Sorted(maps.Keys(g.tensors)) {
		part, _, _ := strings.Cut(key, ".")
		shape := g.tensors[key].Shape
		counts := len(shape) >= 2 || strings.HasSuffix(key, ".activation.weight")
		if needed[key] || !counts || !slices.Contains(g.cfg.Architecture().Parts, weights.Part(part)) {
			continue
		}
		return fmt.Errorf("tensor %q has shape %v in the checkpoint, but the config has no place for it: %s", g.domain.Tensor(key), shape, g.hint())
	}
	return nil
}
