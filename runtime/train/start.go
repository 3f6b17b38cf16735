package train

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

// ErrStart is wrapped when generators cannot start as those of a model.
var ErrStart = errors.New("training cannot start from this model")

// started has generators start as a model's, and draws the weights of discriminators.
type started struct {
	model *weights.Model
	initial
}

func startFrom(m *weights.Model, c nvlabs.Training, seed uint64) (started, error) {
	network := func(c weights.Config) string {
		return fmt.Sprintf("%+v, %d and %d channels", c.Gen, c.InputDimA, c.InputDimB)
	}
	switch is, want := network(m.Config), network(c.Model); {
	case m.Config.Method != c.Model.Method:
		return started{}, fmt.Errorf("%w: it is %s's, and trainer is %s in the config", ErrStart, cmp.Or(m.Config.Method, nvlabs.MUNIT), c.Trainer)
	case is != want:
		return started{}, fmt.Errorf("%w: its network is %s, and the config's %s", ErrStart, is, want)
	case len(m.Directions()) < len(c.Model.Directions()):
		return started{}, fmt.Errorf("%w: it translates %s only, and training takes both directions", ErrStart, m.Directions()[0])
	}
	return started{m, firstWeights(c, seed)}, nil
}

// Float32s is as initial's, but for generators.
func (s started) Float32s(name string, shape []int) ([]float32, error) {
	if strings.HasPrefix(name, "gen_") {
		return s.model.Float32s(name, shape)
	}
	return s.initial.Float32s(name, shape)
}
