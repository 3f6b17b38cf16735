package nvlabs

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
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
	c, err := openCheckpoint(data, size)
	if err != nil {
		return nil, err
	}
	generators, err := findGenerators(c.root)
	if err != nil {
		return nil, err
	}
	m := &weights.Model{
		Config: cfg, DomainA: "a", DomainB: "b",
		DType: weights.F32, Tensors: make(map[string]*weights.Tensor),
	}
	for _, d := range weights.Domains {
		g := &generator{domain: d, cfg: cfg, checkpoint: c, tensors: generators[d]}
		if err := g.importTo(m); err != nil {
			return nil, err
		}
	}
	if len(m.Tensors) == 0 {
		return nil, errors.New("the checkpoint holds no MUNIT generator (enc_content, enc_style, mlp, dec): give gen_*.pt")
	}
	return m, nil
}

// StateDictTensors reads the tensors named keys, float32, of a checkpoint that is one state_dict, such as torchvision's weights of VGG16.
// Nothing in the file is run.
func StateDictTensors(data io.ReaderAt, size int64, keys []weights.Key) (map[string]*weights.Tensor, error) {
	c, err := openCheckpoint(data, size)
	if err != nil {
		return nil, err
	}
	top, ok := c.root.(*dict)
	if !ok {
		return nil, errors.New("the checkpoint is not a state_dict")
	}
	found, tensors := top.tensors(), make(map[string]*weights.Tensor)
	for _, k := range keys {
		t := found[k.Name]
		if t == nil || !slices.Equal(t.shape, k.Shape) {
			return nil, fmt.Errorf("the checkpoint has no tensor %q of shape %v", k.Name, k.Shape)
		}
		values, err := c.floats(t)
		if err != nil {
			return nil, fmt.Errorf("tensor %q %w", k.Name, err)
		}
		tensors[k.Name] = weights.NewTensor(k.Shape, values)
	}
	return tensors, nil
}

// stateDict is the tensors of a network, by key.
type stateDict map[string]*tensor

// findGenerators tells a checkpoint of generators from everything else that lies beside it.
func findGenerators(root value) (map[weights.Domain]stateDict, error) {
	if o, ok := root.(object); ok {
		return nil, fmt.Errorf("the checkpoint is a pickled %.60q, not weights: torch.save {'a': gen_a.state_dict(), 'b': gen_b.state_dict()} and give that", o.class)
	}
	top, ok := root.(*dict)
	if !ok {
		return nil, errors.New("the checkpoint is not a dict {'a': state_dict, 'b': state_dict}: give gen_*.pt")
	}
	generators := make(map[weights.Domain]stateDict)
	for _, d := range weights.Domains {
		if inner, ok := top.entries[string(d)].(*dict); ok {
			generators[d] = inner.tensors()
		}
	}
	switch {
	case isOptimizer(top):
		return nil, errors.New("the checkpoint is an optimizer's: give the gen_*.pt that lies beside optimizer.pt")
	case isDiscriminator(top.tensors()), isDiscriminator(generators[weights.A]), isDiscriminator(generators[weights.B]):
		return nil, errors.New("the checkpoint is a discriminator's (dis_*.pt): give the gen_*.pt that lies beside it")
	case len(generators) == 0 && hasParts(top.tensors()):
		return nil, errors.New("the checkpoint is one generator without its domain: torch.save {'a': state_dict} or {'b': state_dict} and give that")
	case len(generators) == 0:
		return nil, errors.New("the checkpoint has neither 'a' nor 'b': give a gen_*.pt with {'a': state_dict, 'b': state_dict}")
	}
	return generators, nil
}

// isOptimizer knows NVlabs' {'gen': state_dict, 'dis': state_dict} and a bare optimizer's.
func isOptimizer(top *dict) bool {
	for _, d := range []value{top, top.entries["gen"], top.entries["dis"]} {
		if d, ok := d.(*dict); ok && d.entries["param_groups"] != nil {
			return true
		}
	}
	return false
}

func isDiscriminator(s stateDict) bool {
	for key := range s {
		if strings.HasPrefix(key, "cnns.") {
			return true
		}
	}
	return false
}

func hasParts(s stateDict) bool {
	return slices.ContainsFunc(weights.Parts[:], s.has)
}

func (s stateDict) has(p weights.Part) bool {
	for key := range s {
		if strings.HasPrefix(key, string(p)+".") {
			return true
		}
	}
	return false
}

func (d *dict) tensors() stateDict {
	s := make(stateDict)
	for key, v := range d.entries {
		if t, ok := v.(*tensor); ok {
			s[key] = t
		}
	}
	return s
}

// generator is one domain's generator on its way into a model.
type generator struct {
	domain     weights.Domain
	cfg        weights.Config
	checkpoint *checkpoint
	tensors    stateDict
}

// importTo checks all shapes before it reads any numbers.
func (g *generator) importTo(m *weights.Model) error {
	var keys []weights.Key
	for _, p := range weights.Parts {
		if g.tensors.has(p) {
			keys = append(keys, g.cfg.Keys(g.domain, p)...)
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
		values, err := g.checkpoint.floats(g.tensors[k.Name])
		if err != nil {
			return fmt.Errorf("tensor %q %w", name, err)
		}
		if i := slices.IndexFunc(values, func(v float32) bool { return v-v != 0 }); i >= 0 {
			return fmt.Errorf("tensor %q holds %v at value %d: the training has diverged, give an earlier checkpoint", name, values[i], i)
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
	if !slices.Equal(t.shape, k.Shape) {
		return fmt.Errorf("tensor %q has shape %v in the checkpoint, but the config asks for %v: %s", name, t.shape, k.Shape, g.hint())
	}
	return nil
}

// checkRest refuses weights that the config leaves no place for, which would make a model that
// runs but computes something else. The biases in front of a norm, the norms' statistics and the
// placeholders that PyTorch 0.3 saved are vectors that rightly have no place.
func (g *generator) checkRest(needed map[string]bool) error {
	for _, key := range slices.Sorted(maps.Keys(g.tensors)) {
		part, _, _ := strings.Cut(key, ".")
		shape := g.tensors[key].shape
		counts := len(shape) >= 2 || strings.HasSuffix(key, ".activation.weight")
		if needed[key] || !counts || !slices.Contains(weights.Parts[:], weights.Part(part)) {
			continue
		}
		return fmt.Errorf("tensor %q has shape %v in the checkpoint, but the config has no place for it: %s", g.domain.Tensor(key), shape, g.hint())
	}
	return nil
}
