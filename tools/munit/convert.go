package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

type convertFlags struct {
	checkpoint, config, output string
	dtype, direction           string
	domainA, domainB           string
	license, source, preview   string
	size                       int
	eval, noise                bool
}

const convertExample = "munit convert --checkpoint gen.pt --config config.yaml --output model.munit.safetensors --dtype int8"

func convertCommand() *cobra.Command {
	var f convertFlags
	cmd := &cobra.Command{
		Use:   "convert --checkpoint GEN.pt --config CONFIG.yaml --output MODEL",
		Short: "Make a model file of a checkpoint: MUNIT, UNIT, CycleGAN, BicycleGAN",
		Long: `Convert reads the generators of a PyTorch checkpoint (gen_*.pt, as NVlabs' MUNIT and UNIT and programs like them write them, old and new
form) and writes a model file. Nothing in the checkpoint is run. The config is the YAML file that the model was trained with: it says the
network's shape, which a checkpoint does not.

A generator of junyanz' CycleGAN (latest_net_G_A.pth, netG resnet_9blocks or resnet_6blocks) takes no config: its shapes say all. The other
direction's latest_net_G_B.pth beside it goes into the model, too. Where it has batch norms, they take their statistics from each picture,
as the original's test.py does; --eval takes those of the training. BicycleGAN's latest_net_G.pth (where_add all) takes none either; its
style encoder latest_net_E.pth beside it goes into the model.

A model file, such as munit train writes, can be given too, to store it in another --dtype or with other words about it.

Checkpoints of taki0112's TensorFlow port are read too: give the file that ends in .index, with its .data files beside it. They need no
config. Neither does what munit export wrote: give one of its files, gen_a.safetensors or a2b.onnx, with the others beside it.

--dtype chooses between size and faithfulness: f32 is exact, f16 differs by no grey level that one sees at half the size, int8 and int4 take
a quarter and an eighth. A file for one direction takes about half of the space of both.`,
		Example: `  ` + convertExample + `

  # one direction only, with names for people
  munit convert --checkpoint gen.pt --config config.yaml --output sketch.munit.safetensors \
    --direction a2b --domain-a sketch --domain-b shoe --license "CC BY 4.0" --source "trained by me"

  # a CycleGAN, smaller
  munit convert --checkpoint latest_net_G_A.pth --output horse.munit.safetensors --dtype int8

  # of the TensorFlow port
  munit convert --checkpoint MUNIT.model-100000.index --output model.munit.safetensors

  # what munit train wrote, smaller
  munit convert --checkpoint out/model.munit.safetensors --output small.munit.safetensors --dtype int8`,
		Args: noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return convert(cmd.Context(), f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.checkpoint, "checkpoint", "", "PyTorch checkpoint of the generators, gen_*.pt or latest_net_G_A.pth, a TensorFlow port's .index, or a model file")
	flags.StringVar(&f.config, "config", "", "YAML config of its training; only for a gen_*.pt")
	flags.IntVar(&f.size, "size", junyanzSize, "shorter side of the pictures that a CycleGAN or BicycleGAN was trained on, pixels; 0 unknown")
	flags.BoolVar(&f.eval, "eval", false, "of a CycleGAN with batch norms: take the statistics of its training, as test.py --eval does")
	flags.BoolVar(&f.noise, "noise", false, "of a UNIT: draw with noise on the code, as in training, so that a picture has many translations")
	flags.StringVar(&f.output, "output", "", "model file to write, .munit.safetensors")
	flags.StringVar(&f.dtype, "dtype", string(weights.F16), "storage of the weights: f32, f16, int8 or int4")
	flags.StringVar(&f.direction, "direction", "both", "both, a2b or b2a")
	flags.StringVar(&f.domainA, "domain-a", "", "name of domain a, for people (a, or what a model file says)")
	flags.StringVar(&f.domainB, "domain-b", "", "name of domain b, for people (b, or what a model file says)")
	flags.StringVar(&f.license, "license", "", "licence of the weights")
	flags.StringVar(&f.source, "source", "", "where the weights are from")
	flags.StringVar(&f.preview, "preview", "", "picture to show for the model; its middle is stored at 64×64")
	return cmd
}

const yamlHint = "it is the YAML file given to the training, with gen:, input_dim_a: and so on; NVlabs' MUNIT keeps them in its configs folder"

func (f convertFlags) check() error {
	switch {
	case f.checkpoint == "":
		return required("checkpoint", "the checkpoint to convert", convertExample)
	case f.size < 0:
		return wrongUse("give the crop_size of the training, or 0 if it is not known", "--size is %d: it cannot be negative", f.size)
	case f.output == "":
		return required("output", "the model file to write", convertExample)
	case !slices.Contains(weights.DTypes[:], weights.DType(f.dtype)):
		return wrongUse("int8 suits most uses", "--dtype is %q: it must be one of %s", f.dtype, joined(weights.DTypes[:]))
	case !slices.Contains([]string{"both", string(weights.A2B), string(weights.B2A)}, f.direction):
		return wrongUse("both keeps all that the checkpoint has", "--direction is %q: it must be both, a2b or b2a", f.direction)
	}
	return nil
}

// convert writes the model file last and at once, after it has been read back, so that a failure leaves what was there.
func convert(ctx context.Context, f convertFlags, stdout, stderr io.Writer) error {
	if err := f.check(); err != nil {
		return err
	}
	exact, err := f.read(ctx, stderr)
	if err != nil {
		return err
	}
	m, err := exact.Convert(weights.DType(f.dtype))
	if err != nil {
		return failed(err, "f32 holds everything that a checkpoint can")
	}
	back, err := readBack(m)
	if err != nil {
		return err
	}
	if err := spare([]string{f.output}, append(append(statesBeside(f.checkpoint), onnxBeside(f.checkpoint)...), f.checkpoint, f.config, f.preview)); err != nil {
		return err
	}
	var out outputs
	defer out.tidy()
	if err := out.prepareFile(f.output); err != nil {
		return err
	}
	if err := m.WriteFile(f.output); err != nil {
		return err
	}
	info, err := describe(f.output, m, false)
	if err != nil {
		return err
	}
	info.print(stdout)
	if e, name := quantisationError(exact, back); e > 0 {
		say(stdout, "  %-11s %.3g %% of the weights' root mean square; the most in %s", "rounding", 100*e, name)
	}
	return nil
}

// read gives the model, exact and with what people are told about it.
func (f convertFlags) read(ctx context.Context, stderr io.Writer) (*weights.Model, error) {
	m, err := f.importAny(stderr)
	if err != nil {
		return nil, err
	}
	if f.noise {
		if m, err = noisy(m); err != nil {
			return nil, err
		}
	}
	if err := m.Complete(); err != nil {
		return nil, failed(fmt.Errorf("%s: %w", f.checkpoint, err), "give a checkpoint that holds both generators, {'a': state_dict, 'b': state_dict}")
	}
	for _, told := range []struct {
		flag string
		into *string
	}{{f.domainA, &m.DomainA}, {f.domainB, &m.DomainB}, {f.license, &m.License}, {f.source, &m.Source}} {
		if told.flag != "" {
			*told.into = told.flag
		}
	}
	if f.preview != "" {
		if m.Preview, err = thumbnail(ctx, f.preview); err != nil {
			return nil, err
		}
	}
	if f.direction == "both" {
		return m, nil
	}
	one, err := m.Only(weights.Direction(f.direction))
	if err != nil {
		return nil, failed(fmt.Errorf("%s: %w", f.checkpoint, err), "leave --direction out, or name one that the checkpoint has")
	}
	return one, nil
}

// importAny reads the checkpoint, of whichever kind it is.
func (f convertFlags) importAny(stderr io.Writer) (*weights.Model, error) {
	switch {
	case isBundle(f.checkpoint):
		return importBundle(f.checkpoint)
	case isSafetensors(f.checkpoint):
		return f.importSafetensors(stderr)
	case isONNX(f.checkpoint):
		return importONNX(f.checkpoint)
	case f.config == "":
		return f.importJunyanz(stderr)
	}
	cfg, err := f.readConfig(stderr)
	if err != nil {
		return nil, err
	}
	return importFile(f.checkpoint, cfg)
}

// readConfig reads --config, and tells of what is odd in it.
func (f convertFlags) readConfig(stderr io.Writer) (weights.Config, error) {
	text, err := readConfig(f.config, "--config is the YAML file of the training")
	if err != nil {
		return weights.Config{}, err
	}
	cfg, warnings, err := nvlabs.ParseConfig(text)
	if err != nil {
		return weights.Config{}, failed(fmt.Errorf("%s: %w", f.config, err), "--config is the YAML file of the training, with gen: and input_dim_a:")
	}
	for _, w := range warnings {
		say(stderr, "%s: %s", f.config, w)
	}
	return cfg, nil
}

// readConfig reads the YAML file at path, which is not believed to be small before its size is known.
func readConfig(path, hint string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, failed(fmt.Errorf("the config cannot be read: %w", err), hint)
	case !info.Mode().IsRegular():
		return nil, failed(fmt.Errorf("the config %s is not a file", path), hint)
	case info.Size() > nvlabs.MaxConfig:
		return nil, failed(fmt.Errorf("the config %s has %d bytes, which are too many for a YAML file", path, info.Size()), hint)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, failed(fmt.Errorf("the config cannot be read: %w", err), hint)
	}
	return text, nil
}

const checkpointHint = "--checkpoint is a gen_*.pt, --config the YAML file of the same training; a CycleGAN's latest_net_G_A.pth takes none"

func importFile(path string, cfg weights.Config) (*weights.Model, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m, err := nvlabs.Import(file, size, cfg)
	if err != nil {
		return nil, failed(fmt.Errorf("%s: %w", path, err), checkpointHint)
	}
	return m, nil
}

// readBack parses what would be written and compares it with what was meant.
func readBack(m *weights.Model) (*weights.Model, error) {
	var file bytes.Buffer
	if _, err := m.WriteTo(&file); err != nil {
		return nil, err
	}
	back, err := weights.Parse(file.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the model cannot be read back: %w", err)
	}
	same := len(back.Tensors) == len(m.Tensors)
	for name, t := range m.Tensors {
		b := back.Tensors[name]
		same = same && b != nil && bytes.Equal(b.Data, t.Data) && slices.Equal(b.Scale, t.Scale)
	}
	if !same {
		return nil, errors.New("the model reads back differently: please report this with the checkpoint and the config")
	}
	return back, nil
}

// quantisationError is the root mean square of what storage changed, relative to the weights' (all tensors of rank 2 and more
// together), and the tensor that it changed most.
func quantisationError(exact, stored *weights.Model) (relative float64, worst string) {
	var num, den, most float64
	for name, t := range exact.Tensors {
		if len(t.Shape) < 2 {
			continue
		}
		var n, d float64
		got := stored.Tensors[name].Float32s()
		for i, v := range t.Float32s() {
			n += math.Pow(float64(got[i]-v), 2)
			d += math.Pow(float64(v), 2)
		}
		num, den = num+n, den+d
		if d > 0 && n/d > most {
			most, worst = n/d, name
		}
	}
	if den == 0 {
		return 0, ""
	}
	return math.Sqrt(num / den), worst
}
