package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

// translateFlags are what the command line of translate says.
type translateFlags struct {
	model, output, sheet     string
	style, styleCode         string
	direction, device        string
	inputs                   []string
	styles, size             int
	seed                     uint64
	haveSize, haveStyleCode  bool
	haveDirection, haveStyle bool
	tune, noise              bool
}

const translateExample = "munit translate --model " + exampleModel + " --input face.png --output out --styles 6"

func translateCommand() *cobra.Command {
	var f translateFlags
	cmd := &cobra.Command{
		Use:   "translate --model M --input FILE... --output DIR",
		Short: "Translate pictures, each in one or many styles",
		Long: `Translate writes NAME-000.png, NAME-001.png, ... to --output for each input NAME.png, NAME.jpg or NAME.webp: one picture per style.

Inputs are PNG, JPEG, WebP, GIF and BMP files, directories of them, and patterns; several may follow one --input. They are turned as their
EXIF orientation says, transparent parts go onto white. Where two inputs have one name, the second's pictures are called NAME-2-000.png.
One that cannot be read is named, the others are translated all the same, and the exit code is 1.

Styles are drawn at random from --seed, the same ones on every device and in the browser; or there is one style, taken from a picture
of the target domain (--style) or given as numbers (--style-code).

Larger pictures are first reduced so that their shorter side is what the model was trained at; --size sets another, and --size 0 keeps
the picture's own, whatever memory that takes.`,
		Example: `  # six styles of one drawing, and a sheet that shows them beside it
  munit translate --model ` + exampleModel + ` --input face.png --output out --styles 6 --sheet out/sheet.png

  # many drawings, styles 0 to 3 of the sequence that seed 7 names
  munit translate --model ` + exampleModel + ` --input drawings/*.png --output out --styles 4 --seed 7

  # the style of another picture
  munit translate --model ` + exampleModel + ` --input face.png --output out --style avatar.jpg

  # the other way round, on the CPU, at the picture's own size
  munit translate --model ` + exampleModel + ` --input avatar.jpg --output out --direction b2a --device cpu --size 0`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.inputs = append(f.inputs, args...) // a shell expands --input *.png to one value and arguments
			f.haveSize = cmd.Flags().Changed("size")
			f.haveStyle = cmd.Flags().Changed("style")
			f.haveStyleCode = cmd.Flags().Changed("style-code")
			f.haveDirection = cmd.Flags().Changed("direction")
			return translate(cmd.Context(), f, cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.model, "model", "", "model file, .munit.safetensors")
	flags.StringArrayVar(&f.inputs, "input", nil, "pictures, directories or patterns; several may follow")
	flags.StringVar(&f.output, "output", "", "directory to write to; made if it is not there")
	flags.IntVar(&f.styles, "styles", 1, "number of random styles of each input")
	flags.Uint64Var(&f.seed, "seed", 0, "names a sequence of random styles")
	flags.StringVar(&f.style, "style", "", "picture of the target domain to take the style from")
	flags.StringVar(&f.styleCode, "style-code", "", `style as numbers, "v1,v2,..."`)
	flags.BoolVar(&f.noise, "noise", false, "of UNIT's: draw with noise on the code, as in training, other noise for each style")
	flags.StringVar(&f.direction, "direction", "", "a2b or b2a (default: the model's first)")
	flags.IntVar(&f.size, "size", 0, "reduce so that the shorter side is this many pixels; 0 keeps the input's (default: the model's training size)")
	flags.StringVar(&f.device, "device", "auto", "auto, gpu or cpu; auto takes a real GPU if there is one")
	flags.BoolVar(&f.tune, "tune", true, "find out between pictures how a GPU computes fastest, and remember it (munit doctor lists what); --tune=false neither looks nor remembers")
	flags.StringVar(&f.sheet, "sheet", "", "PNG file for a contact sheet of all inputs and results")
	return cmd
}

// check finds what is wrong with the flags by themselves, and reads the style code.
func (f translateFlags) check() (code []float32, err error) {
	const help = "munit translate --help shows how it is used"
	switch {
	case f.model == "":
		return nil, required("model", "the model file to translate with", translateExample)
	case len(f.inputs) == 0:
		return nil, required("input", "the pictures to translate", translateExample)
	case f.output == "":
		return nil, required("output", "the directory to write to", translateExample)
	case f.styles < 1:
		return nil, wrongUse("give --styles 1 or more", "--styles is %d: there must be at least one", f.styles)
	case f.size < 0:
		return nil, wrongUse("give pixels, or 0 to keep the picture's size", "--size is %d: it cannot be negative", f.size)
	case f.haveStyle && f.haveStyleCode:
		return nil, wrongUse("leave one out", "--style and --style-code both say which style to take")
	case f.haveStyle && f.style == "":
		return nil, wrongUse(help, "--style is empty: it names a picture")
	case (f.haveStyle || f.haveStyleCode) && f.styles > 1:
		return nil, wrongUse("leave --styles out for one given style, or the style for random ones", "--styles %d does not go with a given style", f.styles)
	case f.haveDirection && f.direction != string(weights.A2B) && f.direction != string(weights.B2A):
		return nil, wrongUse("munit info MODEL lists what it can do", "--direction is %q: it must be a2b or b2a", f.direction)
	case f.sheet != "" && !strings.EqualFold(filepath.Ext(f.sheet), ".png"):
		return nil, wrongUse("for example: --sheet "+argument(filepath.Join(f.output, "sheet.png")), "--sheet %s: a contact sheet is written as PNG", f.sheet)
	}
	if _, err := runtime.ParseDevice(f.device); err != nil {
		return nil, wrongUse("munit devices lists what there is", "--%s", oneLine(err))
	}
	if f.haveStyleCode {
		return parseStyleCode(f.styleCode)
	}
	return nil, nil
}

// fit is the size to reduce pictures to; 0 keeps theirs.
func (f translateFlags) fit(c weights.Config, d weights.Direction) int {
	if f.haveSize {
		return f.size
	}
	return runtime.DefaultSize(c, d)
}

// count is "1 picture" or "n pictures".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
