// Package nvlabs imports what NVlabs' MUNIT and the programs compatible with it write: YAML
// configs and PyTorch checkpoints of generators. It reads tensors and runs nothing: a .pt file
// is a pickle, and a pickle is a program.
package nvlabs

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/webmunit/webmunit/weights"
)

const maxConfig = 1 << 20

// ParseConfig reads a model's keys from an NVlabs YAML config and checks them
// (weights.Config.Validate). Training keys are ignored, the dis section may be left out. Errors
// name the key.
func ParseConfig(data []byte) (weights.Config, error) {
	root, err := readConfig(data)
	if err != nil {
		return weights.Config{}, err
	}
	c, err := root.model(true)
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		return weights.Config{}, err
	}
	return c, nil
}

// readConfig reads nodes rather than a struct, so that an absent key differs from a zero one, an error can name
// the key, and aliases are not expanded.
func readConfig(data []byte) (root section, err error) {
	if len(data) > maxConfig {
		return nil, fmt.Errorf("config: %d bytes are too many for a YAML config: give the config.yaml of the training", len(data))
	}
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("config: not YAML of key: value lines (%s): give the config.yaml of the training", expected(err))
	}
	return root, nil
}

// model reads the keys of a model, those of styles only if it has them.
func (root section) model(styles bool) (c weights.Config, err error) {
	gen, err := root.section("gen")
	if err != nil {
		return c, err
	}
	errs := []error{
		gen.required("gen.", "dim", &c.Gen.Dim),
		gen.required("gen.", "activ", &c.Gen.Activ),
		gen.required("gen.", "n_downsample", &c.Gen.NDownsample),
		gen.required("gen.", "n_res", &c.Gen.NRes),
		gen.required("gen.", "pad_type", &c.Gen.PadType),
		root.required("", "input_dim_a", &c.InputDimA),
		root.required("", "input_dim_b", &c.InputDimB),
		root.optional("", "new_size", &c.NewSize),
		root.optional("", "crop_image_height", &c.CropImageHeight),
		root.optional("", "crop_image_width", &c.CropImageWidth),
	}
	if styles {
		errs = append(errs, gen.required("gen.", "mlp_dim", &c.Gen.MLPDim), gen.required("gen.", "style_dim", &c.Gen.StyleDim))
	}
	if _, ok := root["dis"]; ok {
		dis, err := root.section("dis")
		if err != nil {
			return c, err
		}
		errs = append(errs,
			dis.required("dis.", "dim", &c.Dis.Dim),
			dis.required("dis.", "norm", &c.Dis.Norm),
			dis.required("dis.", "activ", &c.Dis.Activ),
			dis.required("dis.", "n_layer", &c.Dis.NLayer),
			dis.required("dis.", "gan_type", &c.Dis.GANType),
			dis.required("dis.", "num_scales", &c.Dis.NumScales),
			dis.required("dis.", "pad_type", &c.Dis.PadType),
		)
	}
	for _, err := range errs {
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// section is a mapping of the config.
type section map[string]yaml.Node

func (s section) section(name string) (section, error) {
	node, ok := s[name]
	if !ok {
		return nil, fmt.Errorf("config: there is no %s section: give the config.yaml of the training", name)
	}
	var inner section
	if err := node.Decode(&inner); err != nil {
		return nil, fmt.Errorf("config: %s (line %d) is not a section of keys: %s", name, node.Line, expected(err))
	}
	return inner, nil
}

// required reads a scalar into an *int or *string.
func (s section) required(prefix, key string, into any) error {
	if _, ok := s[key]; !ok {
		return fmt.Errorf("config: %s%s is missing: give the config.yaml of the training", prefix, key)
	}
	return s.optional(prefix, key, into)
}

func (s section) optional(prefix, key string, into any) error {
	node, ok := s[key]
	if !ok {
		return nil
	}
	// Decode would cut 8.5 down to 8.
	if _, number := into.(*int); number && node.ShortTag() != "!!int" {
		return fmt.Errorf("config: %s%s (line %d) is %.40q: must be a whole number", prefix, key, node.Line, node.Value)
	}
	if err := node.Decode(into); err != nil {
		return fmt.Errorf("config: %s%s (line %d) cannot be read: %s", prefix, key, node.Line, expected(err))
	}
	return nil
}

// expected takes the first message out of yaml's error, which may spread over lines.
func expected(err error) string {
	var types *yaml.TypeError
	message := err.Error()
	if errors.As(err, &types) && len(types.Errors) > 0 {
		message = types.Errors[0]
	}
	message, _, _ = strings.Cut(message, "\n")
	return fmt.Sprintf("%.120s", message)
}
