package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// manCommand is for packages: people read --help.
func manCommand() *cobra.Command {
	markdown := false
	cmd := &cobra.Command{
		Use:   "man DIR",
		Short: "Write manual pages, one for each verb",
		Long: `Man writes munit.1, munit-translate.1 and so on into DIR, which is made if it is not there. Where SOURCE_DATE_EPOCH is set, it is their date.

  munit man ~/.local/share/man/man1

has "man munit" find them.`,
		Args: noMore(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return wrongUse("for example: munit man ~/.local/share/man/man1", "the directory to write to is missing")
			}
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return failed(err, "choose another directory")
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // it would have the day in it
			if markdown {
				return doc.GenMarkdownTree(root, args[0])
			}
			return doc.GenManTree(root, &doc.GenManHeader{Title: "MUNIT", Section: "1", Source: thisProgram().Version, Manual: "webmunit"}, args[0])
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write Markdown instead, munit.md, munit_translate.md and so on")
	return cmd
}

// completed are the values of flags that a shell offers, by the flag's name: words, or what files end in behind a dot.
var completed = map[string]string{
	"device":    "auto gpu cpu",
	"direction": "a2b b2a",
	"dtype":     "f32 f16 int8 int4",
	"format":    "onnx safetensors",

	"model":      ".safetensors",
	"start":      ".safetensors",
	"config":     ".yaml .yml",
	"checkpoint": ".pt .pth .index .safetensors .onnx",
	"style":      ".png .jpg .jpeg .webp",
	"preview":    ".png .jpg .jpeg .webp",
	"sheet":      ".png",
	"classifier": ".safetensors",
	"lpips":      ".pth",
}

// completeFlags tells cobra's shell completions what the flags of all verbs take.
func completeFlags(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			values := strings.Fields(completed[f.Name])
			directive := cobra.ShellCompDirectiveNoFileComp
			switch {
			case len(values) == 0:
				return // files, or what nobody can guess
			case strings.HasPrefix(values[0], "."):
				directive = cobra.ShellCompDirectiveFilterFileExt
				for i := range values {
					values[i] = values[i][1:]
				}
			}
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(values, directive)) // fails for a flag that is not there
		})
	}
}
