package main

import (
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime/onnx"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/junyanz"
	"github.com/webmunit/webmunit/weights/nvlabs"
	"github.com/webmunit/webmunit/weights/replace"
)

const exportExample = "munit export --model " + exampleModel + " --format onnx --output exported"

// exported is a file that export writes.
type exported struct {
	name  string
	doc   string // for people
	write func(io.Writer) error
}

// exportForms are the values of --format.
var exportForms = map[string]func(*weights.Model) ([]exported, error){
	"onnx":        onnxFiles,
	"safetensors": stateDicts,
}

func exportCommand() *cobra.Command {
	var model, format, output string
	cmd := &cobra.Command{
		Use:   "export --model MODEL --format onnx|safetensors --output DIR",
		Short: "Write a model for other programs: ONNX runtimes, PyTorch",
		Long: `Export writes the networks of a model file in a form that other programs read, in float32.

--format onnx writes one file for each network: content encoder, style encoder and decoder of each domain, and the whole translation of
each direction. Batch, height and width are free. Pictures are [batch, channels, height, width] in [-1, 1], height and width multiples of
2^n_downsample; styles are [batch, style_dim], drawn from N(0, 1) or encoded.

--format safetensors writes the state_dict of each generator with the keys of NVlabs' MUNIT or UNIT, or of junyanz' CycleGAN:
  gen.load_state_dict(safetensors.torch.load_file("gen_b.safetensors"))
takes it, strictly, if the model has both directions; a file for one direction gives the parts that it has.

munit convert reads both forms back.`,
		Example: "  " + exportExample + "\n  munit export --model " + exampleModel + " --format safetensors --output exported",
		Args:    noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return export(cmd.OutOrStdout(), model, format, output)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&model, "model", "", "model file to export, .munit.safetensors")
	flags.StringVar(&format, "format", "onnx", "onnx or safetensors")
	flags.StringVar(&output, "output", "", "directory to write to")
	return cmd
}

func export(stdout io.Writer, model, format, output string) error {
	files, known := exportForms[format]
	switch {
	case model == "":
		return required("model", "the model file to export", exportExample)
	case output == "":
		return required("output", "the directory to write to", exportExample)
	case !known:
		return wrongUse("onnx suits most programs", "--format is %q: it must be onnx or safetensors", format)
	}
	m, err := openModel(model)
	if err != nil {
		return err
	}
	all, err := files(m)
	if err != nil {
		return failed(err, "--format onnx takes every model")
	}
	var out outputs
	defer out.tidy()
	if err := out.prepare(output); err != nil {
		return err
	}
	var ones []replace.One
	for _, f := range all {
		path := filepath.Join(output, f.name)
		if err := spare([]string{path}, []string{model}); err != nil {
			return err
		}
		ones = append(ones, replace.One{Path: path, Write: f.write})
	}
	if err := replace.All(ones...); err != nil {
		return failed(err, "choose another directory, or make room")
	}
	for i, f := range all {
		say(stdout, "%s  %s", ones[i].Path, f.doc)
	}
	return nil
}

func onnxFiles(m *weights.Model) ([]exported, error) {
	var files []exported
	for _, n := range onnx.Networks(m) {
		files = append(files, exported{n.Name + ".onnx", n.Doc, n.Export})
	}
	return files, nil
}

// states is the state_dict of the project whose generators are like m's.
func states(m *weights.Model, d weights.Domain) (map[string]*weights.Tensor, error) {
	if m.Config.Gen.NetG != "" {
		return junyanz.StateDict(m, d)
	}
	return nvlabs.StateDict(m, d)
}

func stateDicts(m *weights.Model) ([]exported, error) {
	var files []exported
	for _, d := range weights.Domains {
		dict, err := states(m, d)
		if err != nil {
			return nil, err
		}
		if len(dict) == 0 {
			continue
		}
		meta, err := nvlabs.Metadata(m, d)
		if err != nil {
			return nil, err
		}
		files = append(files, exported{nvlabs.CheckpointName(d), "generator of " + domainName(m, d), func(w io.Writer) error {
			_, err := weights.WriteTensors(w, dict, meta)
			return err
		}})
	}
	return files, nil
}
