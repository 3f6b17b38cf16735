package nvlabs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

// generators tells a checkpoint of generators from everything else that people have beside it.
func (c *checkpoint) generators() (map[weights.Domain]stateDict, error) {
	if o, ok := c.root.(object); ok {
		return nil, pickledWhole(o)
	}
	top, ok := c.root.(*dict)
	if !ok {
		return nil, errors.New("the checkpoint is not a dict {'a': state_dict, 'b': state_dict}: give gen_*.pt")
	}
	all := c.stateDict(top)
	generators := make(map[weights.Domain]stateDict)
	for _, d := range weights.Domains {
		switch inner := top.entries[string(d)].(type) {
		case *dict:
			generators[d] = c.stateDict(inner)
		case object:
			return nil, pickledWhole(inner)
		}
		if s := all.under("gen_" + string(d) + "."); len(s) > 0 { // the state_dict of both networks' trainer
			generators[d] = s
		}
	}
	if is := otherThanMUNIT(top, all, generators); is != "" {
		return nil, errors.New("the checkpoint is " + is)
	}
	switch {
	case len(generators) == 0 && hasParts(all):
		return nil, errors.New("the checkpoint is one generator without its domain: torch.save {'a': state_dict} or {'b': state_dict} and give that")
	case len(generators) == 0:
		return nil, fmt.Errorf("the checkpoint has neither 'a' nor 'b' (%s): give a gen_*.pt with {'a': state_dict, 'b': state_dict}", top.outline())
	}
	return generators, nil
}

func pickledWhole(o object) error {
	return fmt.Errorf("the checkpoint is a pickled %.60q, not weights: torch.save {'a': gen_a.state_dict(), 'b': gen_b.state_dict()} and give that", o.class)
}

// otherThanMUNIT knows what a checkpoint is that does not hold MUNIT's generators, and says what to do with it.
func otherThanMUNIT(top *dict, all stateDict, generators map[weights.Domain]stateDict) string {
	either := func(is func(stateDict) bool) bool {
		return is(all) || is(generators[weights.A]) || is(generators[weights.B])
	}
	_, imaginaire := top.entries["net_G"]
	_, lightning := top.entries["pytorch-lightning_version"]
	switch {
	case isOptimizer(top):
		return "an optimizer's: give the gen_*.pt that lies beside optimizer.pt"
	case either(isDiscriminator):
		return "a discriminator's (dis_*.pt): give the gen_*.pt that lies beside it"
	case imaginaire:
		return "one of imaginaire's (net_G), whose networks are others than those of NVlabs' MUNIT: it cannot be converted"
	case lightning:
		return "one of PyTorch Lightning: torch.save {'a': gen_a.state_dict(), 'b': gen_b.state_dict()} of its networks and give that"
	case either(isUNIT):
		return "one of UNIT (enc and dec, and nothing of styles), not of MUNIT: a MUNIT's generators have enc_content, enc_style, mlp and dec"
	case either(isCycleGAN):
		return "a generator of CycleGAN, pix2pix or BicycleGAN (keys like " + firstKey(all, "model.") + "), not of MUNIT: a MUNIT's generators have enc_content, enc_style, mlp and dec"
	}
	return ""
}

// isUNIT knows UNIT's generators, whose encoder is one.
func isUNIT(s stateDict) bool { return len(s.under("enc.")) > 0 && !s.has(weights.EncContent) }

// isCycleGAN knows junyanz' generators: one chain of layers, or a U-Net.
func isCycleGAN(s stateDict) bool { return len(s.under("model.")) > 0 && !hasParts(s) }

func firstKey(s stateDict, prefix string) string {
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if strings.HasPrefix(key, prefix) {
			return fmt.Sprintf("%.60q", key)
		}
	}
	return prefix
}

// outline names the first keys of a dict.
func (d *dict) outline() string {
	const shown = 4
	keys := slices.Sorted(maps.Keys(d.entries))
	if len(keys) == 0 {
		return "it has no keys"
	}
	var names []string
	for _, key := range keys[:min(len(keys), shown)] {
		names = append(names, fmt.Sprintf("%.40q", key))
	}
	if len(keys) > shown {
		names = append(names, "...")
	}
	return "its keys are " + strings.Join(names, ", ")
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
	return slices.ContainsFunc(weights.Architectures[""].Parts, s.has)
}

func (s stateDict) has(p weights.Part) bool {
	for key := range s {
		if strings.HasPrefix(key, string(p)+".") {
			return true
		}
	}
	return false
}
