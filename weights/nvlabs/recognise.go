package nvlabs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/pytorch"
)

// generators tells a checkpoint of generators from everything else that people have beside it.
func generatorsOf(c *pytorch.Checkpoint, cfg weights.Config) (map[weights.Domain]pytorch.StateDict, error) {
	top, class := c.Top()
	if class != "" {
		return nil, pickledWhole(class)
	}
	if top == nil {
		return nil, errors.New("the checkpoint is not a dict {'a': state_dict, 'b': state_dict}: give gen_*.pt")
	}
	all := top.StateDict()
	generators := make(map[weights.Domain]pytorch.StateDict)
	for _, d := range weights.Domains {
		switch inner, class := top.At(string(d)); {
		case class != "":
			return nil, pickledWhole(class)
		case inner != nil:
			generators[d] = inner.StateDict()
		}
		if s := all.Under("gen_" + string(d) + "."); len(s) > 0 { // the state_dict of both networks' trainer
			generators[d] = s
		}
	}
	if is := otherThan(cfg, top, all, generators); is != "" {
		return nil, errors.New("the checkpoint is " + is)
	}
	switch {
	case len(generators) == 0 && (hasParts(all) || isUNIT(all)):
		return nil, errors.New("the checkpoint is one generator without its domain: torch.save {'a': state_dict} or {'b': state_dict} and give that")
	case len(generators) == 0:
		return nil, fmt.Errorf("the checkpoint has neither 'a' nor 'b' (%s): give a gen_*.pt with {'a': state_dict, 'b': state_dict}", top.Outline())
	}
	return generators, nil
}

func pickledWhole(class string) error {
	return fmt.Errorf("the checkpoint is a pickled %.60q, not weights: torch.save {'a': gen_a.state_dict(), 'b': gen_b.state_dict()} and give that", class)
}

// otherThan knows what a checkpoint is that does not hold generators such as cfg's, and says what to do with it.
func otherThan(cfg weights.Config, top *pytorch.Dict, all pytorch.StateDict, generators map[weights.Domain]pytorch.StateDict) string {
	either := func(is func(pytorch.StateDict) bool) bool {
		return is(all) || is(generators[weights.A]) || is(generators[weights.B])
	}
	imaginaire := top.Has("net_G")
	lightning := top.Has("pytorch-lightning_version")
	switch {
	case isOptimizer(top):
		return "an optimizer's: give the gen_*.pt that lies beside optimizer.pt"
	case either(isDiscriminator):
		return "a discriminator's (dis_*.pt): give the gen_*.pt that lies beside it"
	case imaginaire:
		return "one of imaginaire's (net_G), whose networks are others than those of NVlabs' MUNIT: it cannot be converted"
	case lightning:
		return "one of PyTorch Lightning: torch.save {'a': gen_a.state_dict(), 'b': gen_b.state_dict()} of its networks and give that"
	case either(isUNIT) && cfg.Method != "UNIT":
		return "one of UNIT (enc and dec, and nothing of styles), and the config is not: give the config of its training, whose gen: has no mlp_dim and style_dim"
	case either(isCycleGAN):
		return "a generator of CycleGAN, pix2pix or BicycleGAN (keys like " + firstKey(all, "model.") + "), which takes no config: leave --config out"
	}
	return ""
}

// isUNIT knows UNIT's generators, whose encoder is one.
func isUNIT(s pytorch.StateDict) bool { return len(s.Under("enc.")) > 0 && !has(s, weights.EncContent) }

// isCycleGAN knows junyanz' generators: one chain of layers, or a U-Net.
func isCycleGAN(s pytorch.StateDict) bool { return len(s.Under("model.")) > 0 && !hasParts(s) }

func firstKey(s pytorch.StateDict, prefix string) string {
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if strings.HasPrefix(key, prefix) {
			return fmt.Sprintf("%.60q", key)
		}
	}
	return prefix
}

// isOptimizer knows NVlabs' {'gen': state_dict, 'dis': state_dict} and a bare optimizer's.
func isOptimizer(top *pytorch.Dict) bool {
	gen, _ := top.At("gen")
	dis, _ := top.At("dis")
	for _, d := range []*pytorch.Dict{top, gen, dis} {
		if d != nil && d.Has("param_groups") {
			return true
		}
	}
	return false
}

func isDiscriminator(s pytorch.StateDict) bool {
	for key := range s {
		if strings.HasPrefix(key, "cnns.") {
			return true
		}
	}
	return false
}

func hasParts(s pytorch.StateDict) bool {
	return slices.ContainsFunc(weights.Architectures[""].Parts, func(p weights.Part) bool { return has(s, p) })
}

func has(s pytorch.StateDict, p weights.Part) bool {
	for key := range s {
		if strings.HasPrefix(key, string(p)+".") {
			return true
		}
	}
	return false
}
