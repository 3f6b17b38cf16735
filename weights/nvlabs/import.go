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
	generators, err := c.generators()
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
	generators := make(map[weights.Domain]stateDict)
	for d, tensors := range dicts {
		s := make(stateDict)
		for key, t := range tensors {
			s.add(key, &entry{t.Shape, func() ([]float32, error) { return t.Float32s(), nil }})
		}
		generators[d] = s
	}
	return importAll(generators, cfg)
}

func importAll(generators map[weights.Domain]stateDict, cfg weights.Config) (*weights.Model, error) {
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
	found, tensors := c.stateDict(top), make(map[string]*weights.Tensor)
	for _, k := range keys {
		t := found[k.Name]
		if t == nil || !slices.Equal(t.shape, k.Shape) {
			return nil, fmt.Errorf("the checkpoint has no tensor %q of shape %v", k.Name, k.Shape)
		}
		values, err := t.floats()
		if err != nil {
			return nil, fmt.Errorf("tensor %q %w", k.Name, err)
		}
		tensors[k.Name] = weights.NewTensor(k.Shape, values)
	}
	return tensors, nil
}

// stateDict is the tensors of a network, by key.
type stateDict map[string]*entry

// entry is a tensor whose values are read when they are asked for. Their number is the shape's.
type entry struct {
	shape  []int
	floats func() ([]float32, error)
}

// add enters a tensor under its key without what wrappers of networks put into it: "module." of DataParallel, "_orig_mod." of
// torch.compile. A key that is there without them counts.
func (s stateDict) add(key string, e *entry) {
	plain := strings.Join(slices.DeleteFunc(strings.Split(key, "."), func(part string) bool {
		return part == "module" || part == "_orig_mod"
	}), ".")
	if s[plain] == nil || plain == key {
		s[plain] = e
	}
}

func (c *checkpoint) stateDict(d *dict) stateDict {
	s := make(stateDict)
	if d == nil {
		return s
	}
	for _, key := range slices.Sorted(maps.Keys(d.entries)) {
		if t, ok := d.entries[key].(*tensor); ok {
			s.add(key, &entry{t.shape, func() ([]float32, error) { return c.floats(t) }})
		}
	}
	return s
}

// under gives the tensors whose keys begin with prefix, without it.
func (s stateDict) under(prefix string) stateDict {
	inner := make(stateDict)
	for key, e := range s {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			inner[rest] = e
		}
	}
	return inner
}

// generator is one domain's generator on its way into a model.
type generator struct {
	domain  weights.Domain
	cfg     weights.Config
	tensors stateDict
}

// importTo checks all shapes before it reads any numbers.
func (g *generator) importTo(m *weights.Model) error {
	var keys []weights.Key
	for _, p := range g.cfg.Architecture().Parts {
		if g.tensors.has(p) {
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
		values, err := g.tensors[k.Name].floats()
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
		if needed[key] || !counts || !slices.Contains(g.cfg.Architecture().Parts, weights.Part(part)) {
			continue
		}
		return fmt.Errorf("tensor %q has shape %v in the checkpoint, but the config has no place for it: %s", g.domain.Tensor(key), shape, g.hint())
	}
	return nil
}
