package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/eval"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/runtime/train/data"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/replace"
)

type evalFlags struct {
	model, data, direction    string
	classifier, lpips, output string
	device                    string
	styles, inputs, threads   int
	seed                      uint64
	asJSON                    bool
}

const evalExample = "munit eval --model " + exampleModel + " --data pictures --output scores"

// Names of what eval writes into --output.
const (
	scoresName = "scores.json"
	sheetName  = "sheet.png"
	sheetRows  = 16
)

func evalCommand() *cobra.Command {
	var f evalFlags
	cmd := &cobra.Command{
		Use:   "eval --model MODEL --data DIR",
		Short: "Score a model on test pictures",
		Long: `Eval translates the test pictures in DIR/testA into several styles each and measures them:

  diversity        the mean distance between the outputs of one input
  coverage         from each true picture to the nearest output of its input
  precision        from each output to the nearest true picture of its input
  Fréchet distance between all outputs and all true pictures
  IS, CIS          inception scores, plain and conditional on the input (Huang et al. 2018, section 5.2)
  PSNR             of pictures that are put together again from their own content and style
  lines            of the input's edge pixels, the share with an edge of the output within 2 pixels, and of the output's with one of the input
  ground           of pixels outside the thing, the share within 12 levels of their median: where DIR/testMask/NAME.png shows the thing in white
  meaning          whether outputs show what their inputs mean: training without pairs can exchange, say, land and sea

True pictures are those in DIR/testB of the input's name, and DIR/testB_multi/NAME_1.png and so on; go run ./tools/dataset makes such folders.
Without them coverage, precision and meaning are left out, the Fréchet distance is that from all of DIR/testB, and PSNR is that of as many
pictures of DIR/testB as there are inputs. Where inputs have several of them, every other one is scored against the rest, which is what a
perfect model would reach, and the scores are held against that. A picture that cannot be read is named and left out, and the exit code is 1.

Distances are taken in the features of a small classifier of our own, which was trained to tell kinds, finishes and colours of wares, and
in pixels; with --lpips also by LPIPS. Scores compare only with scores of the same program, data, styles and classifier: not with a paper's.`,
		Example: `  ` + evalExample + `
  munit eval --model ` + exampleModel + ` --data pictures --lpips lpips-alex.safetensors --json`,
		Args: noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return evaluate(cmd.Context(), f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "model file")
	flags.StringVar(&f.data, "data", "", "folder with testA and testB")
	flags.StringVar(&f.direction, "direction", "", "a2b or b2a (default: the model's first)")
	flags.IntVar(&f.styles, "styles", 8, "styles per input, 2 or more")
	flags.IntVar(&f.inputs, "inputs", 0, "inputs to take, evenly out of all (0: all)")
	flags.Uint64Var(&f.seed, "seed", 0, "of the styles; each input has others")
	flags.StringVar(&f.classifier, "classifier", "", "classifier file (default: the one built in)")
	flags.StringVar(&f.lpips, "lpips", "", "LPIPS weights on AlexNet as safetensors, to measure with LPIPS too")
	flags.StringVar(&f.output, "output", "", "folder for "+scoresName+" and "+sheetName)
	flags.BoolVar(&f.asJSON, "json", false, "write JSON")
	flags.StringVar(&f.device, "device", "auto", "auto, gpu or cpu")
	flags.IntVar(&f.threads, "threads", 0, "threads of the CPU (0: all)")
	return cmd
}

func (f evalFlags) check() error {
	switch {
	case f.model == "":
		return required("model", "the model to score", evalExample)
	case f.data == "":
		return required("data", "the folder with testA and testB", evalExample)
	case f.styles < 2:
		return wrongUse("8 is usual", "--styles is %d: diversity takes 2 at least", f.styles)
	case f.inputs < 0:
		return wrongUse("0 takes all", "--inputs cannot be negative")
	case f.direction != "" && f.direction != string(weights.A2B) && f.direction != string(weights.B2A):
		return wrongUse("munit info MODEL lists what it can do", "--direction is %q: it must be a2b or b2a", f.direction)
	}
	if _, err := runtime.ParseDevice(f.device); err != nil {
		return wrongUse("munit devices lists what there is", "--%s", oneLine(err))
	}
	return nil
}

// evalReport is what eval writes as JSON.
type evalReport struct {
	Model      string            `json:"model"`
	Data       string            `json:"data"`
	Direction  weights.Direction `json:"direction"`
	Styles     int               `json:"styles"` // per input
	Seed       uint64            `json:"seed"`
	Classifier string            `json:"classifier"`
	Size       [2]int            `json:"size"` // height and width in pixels
	*eval.Scores
}

func evaluate(ctx context.Context, f evalFlags, stdout, stderr io.Writer) error {
	if err := f.check(); err != nil {
		return err
	}
	m, err := openModel(f.model)
	if err != nil {
		return err
	}
	d, err := chooseDirection(m, f.direction)
	if err != nil {
		return err
	}
	pairs, err := f.pairs(d)
	if err != nil {
		return err
	}
	var out outputs
	defer out.tidy()
	if f.output != "" {
		if err := out.prepare(f.output); err != nil {
			return err
		}
	}
	device, _ := runtime.ParseDevice(f.device) // check has seen it
	exec, reason, err := runtime.Open(ctx, runtime.Options{Device: device, Threads: f.threads})
	if err != nil {
		return err
	}
	defer exec.Close()
	say(stderr, "%s", chosen(exec.Info(), reason))
	var bad badPictures
	r, sheet, err := f.score(ctx, exec, m, d, pairs, &bad, stderr)
	if errors.Is(err, eval.ErrNothing) && len(bad.all) > 0 {
		return bad.all[0]
	}
	if err != nil {
		return err
	}
	if f.output != "" {
		err := replace.All(
			replace.One{Path: filepath.Join(f.output, sheetName), Write: picture.PNG(sheet)},
			replace.One{Path: filepath.Join(f.output, scoresName), Write: func(w io.Writer) error { return writeJSON(w, r) }})
		if err != nil {
			return err
		}
	}
	if f.asJSON {
		err = writeJSON(stdout, r)
	} else {
		err = r.Print(stdout)
	}
	return cmp.Or(err, bad.summary(pairs.Count()))
}

// pairs are the test pictures, as many as asked for.
func (f evalFlags) pairs(d weights.Direction) (*eval.Pairs, error) {
	p, err := eval.FindPairs(f.data, d)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, data.ErrNoPictures) {
		return nil, failed(err, "--data is a folder with testA and testB in it; go run ./tools/dataset makes such")
	}
	if err != nil {
		return nil, err
	}
	if n := len(p.Inputs); f.inputs > 0 && f.inputs < n {
		some := make([]eval.Input, f.inputs)
		for i := range some {
			some[i] = p.Inputs[i*n/f.inputs]
		}
		p.Inputs = some
	}
	return p, nil
}

// score prepares the networks at the size that the model was trained at, and scores the model.
func (f evalFlags) score(ctx context.Context, exec graph.Executor, m *weights.Model, d weights.Direction, pairs *eval.Pairs, bad *badPictures, stderr io.Writer) (*evalReport, image.Image, error) {
	h, w := evalSize(m.Config, d)
	s, source, err := f.scorer(ctx, exec, h, w)
	if err != nil {
		return nil, nil, err
	}
	graphs := eval.Model(m.Config, d, h, w, f.styles)
	if !m.Has(d.To().Network(weights.EncContent)) || !m.StyleImage(d) {
		graphs.Reconstruct = nil // a one-way model
	}
	g, err := eval.NewGenerator(ctx, exec, m, graphs)
	if err != nil {
		return nil, nil, err
	}
	t := eval.Trial{Generator: g, Pairs: pairs, Height: h, Width: w, From: m.Config.InputDim(d.From()), To: m.Config.InputDim(d.To()), Rows: sheetRows, Styles: f.styles}
	t.Style = func(i int) []float32 { return runtime.RandomStyle(f.seed, i, g.Noise().Elems()) }
	bar := newBar(stderr, len(pairs.Inputs), "scoring")
	t.Step = func(done, inputs int) { stepped(stderr, bar, done, inputs) }
	t.Bad = func(err error) {
		if bar != nil {
			_ = bar.Clear()
		}
		bad.add(stderr, err)
	}
	scores, sheet, err := t.Run(ctx, s)
	if bar != nil {
		_ = bar.Clear() // a bar that cannot be drawn is no reason to fail
	}
	return &evalReport{Model: f.model, Data: f.data, Direction: d, Styles: f.styles, Seed: f.seed, Classifier: source, Size: [2]int{h, w}, Scores: scores}, sheet, err
}

// stepped moves the bar, or writes a line now and then where there is none.
func stepped(stderr io.Writer, bar *progressbar.ProgressBar, done, all int) {
	const lines = 10
	switch {
	case bar != nil:
		_ = bar.Add(1)
	case done*lines/all != (done-1)*lines/all:
		say(stderr, "%d/%d inputs", done, all)
	}
}

func (f evalFlags) scorer(ctx context.Context, exec graph.Executor, h, w int) (*eval.Scorer, string, error) {
	if h != w {
		return nil, "", failed(fmt.Errorf("the model was trained at %d×%d pixels, and the classifier takes squares", w, h), "only models of square pictures can be scored")
	}
	open := func() (*eval.NetClassifier, error) { return eval.Shipped(ctx, exec) }
	if f.classifier != "" {
		open = func() (*eval.NetClassifier, error) { return eval.OpenClassifier(ctx, exec, f.classifier) }
	}
	c, err := open()
	if err != nil {
		return nil, "", failed(fmt.Errorf("the classifier cannot be read: %w", err), "leave --classifier out, or make one with go run ./tools/quality classifier")
	}
	s := &eval.Scorer{Classifier: c}
	if f.lpips != "" {
		l, err := eval.OpenLPIPS(ctx, exec, f.lpips, h)
		if err != nil {
			return nil, "", failed(fmt.Errorf("LPIPS: %w", err), eval.LPIPSHint)
		}
		s.LPIPS = l
	}
	return s, c.Source(), nil
}

// evalSize is the height and width of the pictures that the model was trained on: 64×64 where it does not say.
func evalSize(c weights.Config, d weights.Direction) (h, w int) {
	size := runtime.DefaultSize(c, d)
	if size == 0 {
		size = 64
	}
	if h, w = c.CropImageHeight, c.CropImageWidth; h == 0 || w == 0 {
		return size, size
	}
	return h, w
}
