package nvlabs_test

import (
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/pytorch/pttest"
)

// handful is the smallest generator there is.
func handful() weights.Config {
	return weights.Config{
		Gen:       weights.Gen{Dim: 2, MLPDim: 2, StyleDim: 2, Activ: "relu", NDownsample: 1, NRes: 1, PadType: "zero"},
		InputDimA: 1, InputDimB: 1,
	}
}

// state is a state dict that a test changes before it is saved.
type state map[string]*pttest.Tensor

func newState(cfg weights.Config, d weights.Domain) state {
	s := make(state)
	for _, p := range cfg.Architecture().Parts {
		for _, k := range cfg.Keys(d.Network(p)) {
			s[k.Name] = pttest.NewTensor(string(d)+k.Name, k.Shape, formula.Values("pt", string(d), k.Name, k.Shape))
		}
	}
	return s
}

func (s state) dict() pttest.Dict {
	var d pttest.Dict
	for key, t := range s {
		d = append(d, key, t)
	}
	return d
}

// both is what NVlabs saves.
func both(a, b state) pttest.Dict { return pttest.Dict{"a", a.dict(), "b", b.dict()} }
