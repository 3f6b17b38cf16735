// Package nvlabs imports what NVlabs' MUNIT and the programs compatible with it write: YAML
// configs and PyTorch checkpoints of generators. It reads tensors and runs nothing: a .pt file
// is a pickle, and a pickle is a program.
package nvlabs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/kind"
)

// MaxConfig is how many bytes a config may have.
const MaxConfig = 1 << 20

// ParseConfig reads a model's keys from an NVlabs YAML config and checks them (weights.Config.Validate). Training keys are ignored, and the
// dis section is where it cannot be trained with here: a model does not need it. Errors name the key. Warnings are sentences for people.
func ParseConfig(data []byte) (c weights.Config, warnings []string, err error) {
	root, warnings, err := readConfig(data)
	if err != nil {
		return weights.Config{}, nil, err
	}
	method, err := root.method()
	if err == nil {
		c, err = root.model(method)
	}
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		return weights.Config{}, nil, err
	}
	if d, err := root.dis(); err == nil && d.Validate() == nil {
		c.Dis = d
	}
	return c, warnings, nil
}

// readConfig reads nodes rather than a struct, so that an absent key differs from a zero one, and an error can name the key.
func readConfig(data []byte) (root section, warnings []string, err error) {
	if len(data) > MaxConfig {
		return nil, nil, fmt.Errorf("config: %d bytes are too many for a YAML config: give the config.yaml of the training", len(data))
	}
	const give = "give the config.yaml of the training"
	is := kind.Of(data[:min(len(data), kind.Head)])
	if is != kind.Unknown && is != kind.Empty && is != kind.JSON {
		return nil, nil, fmt.Errorf("config: not YAML of key: value lines, %s; %s", is.Is(), give)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, nil, fmt.Errorf("config: not YAML of key: value lines (%s): %s", expected(err), give)
	}
	r := sectionReader{}
	if len(document.Content) > 0 {
		root, err = r.read("", document.Content[0])
	}
	if err != nil {
		return nil, nil, fmt.Errorf("config: not YAML of key: value lines (%w): %s", err, give)
	}
	for name, node := range root { // to warn of what is within them; what is wrong with them is told where they are needed
		if resolved(node).Kind == yaml.MappingNode {
			_, _ = r.read(name+".", node)
		}
	}
	slices.Sort(r.warnings)
	return root, r.warnings, nil
}

// method is weights.Config's Method: what trainer names, and UNIT, which NVlabs train by a flag, where there are no keys of styles.
func (root section) method() (string, error) {
	trainer := MUNIT
	if root.isUNIT() {
		trainer = "UNIT"
	}
	if err := root.optional("", "trainer", &trainer); err != nil {
		return "", err
	}
	if err := choice("trainer", trainer, Trainers...); err != nil {
		return "", err
	}
	if trainer == MUNIT {
		trainer = ""
	}
	return trainer, nil
}

// model reads the keys of a model of a method, those of styles only if it has them.
func (root section) model(method string) (c weights.Config, err error) {
	c.Method = method
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
		root.optional("", "new_size_a", &c.NewSizeA),
		root.optional("", "new_size_b", &c.NewSizeB),
		root.optional("", "crop_image_height", &c.CropImageHeight),
		root.optional("", "crop_image_width", &c.CropImageWidth),
	}
	if c.Architecture().Styles {
		errs = append(errs, gen.required("gen.", "mlp_dim", &c.Gen.MLPDim), gen.required("gen.", "style_dim", &c.Gen.StyleDim))
	}
	for _, err := range errs {
		if err != nil {
			return c, err
		}
	}
	switch { // as NVlabs' loader has it: new_size counts for both domains, and the others only without it
	case c.NewSize != 0:
		c.NewSizeA, c.NewSizeB = 0, 0
	case c.NewSizeA == c.NewSizeB:
		c.NewSize, c.NewSizeA, c.NewSizeB = c.NewSizeA, 0, 0
	}
	return c, nil
}

// dis reads the keys of the discriminators.
func (root section) dis() (d weights.Dis, err error) {
	dis, err := root.section("dis")
	if err != nil {
		return d, err
	}
	for _, err := range []error{
		dis.required("dis.", "dim", &d.Dim),
		dis.required("dis.", "norm", &d.Norm),
		dis.required("dis.", "activ", &d.Activ),
		dis.required("dis.", "n_layer", &d.NLayer),
		dis.required("dis.", "gan_type", &d.GANType),
		dis.required("dis.", "num_scales", &d.NumScales),
		dis.required("dis.", "pad_type", &d.PadType),
	} {
		if err != nil {
			return d, err
		}
	}
	return d, nil
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
	node = resolved(node)
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
