// Munit is the command line of webmunit: it translates pictures, converts and describes models, and serves the site.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/webmunit/webmunit/weights/printable"
)

// The codes of docs/networks.md, "Exit codes". A shell reports an interrupted program as 128 plus the signal's number.
const (
	exitDone        = 0
	exitFailed      = 1
	exitWrongUse    = 2
	exitInterrupted = 130
)

func main() {
	// Mesa's layer that picks a default GPU complains on stderr where there is no desktop; we pick by ourselves.
	if err := os.Setenv("NODEVICE_SELECT", "1"); err != nil {
		fmt.Fprintln(os.Stderr, "munit:", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command runs the program with args and returns its exit code.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	out, errs := &printable.Writer{To: stdout}, &printable.Writer{To: stderr}
	root.SetOut(out)
	root.SetErr(errs)
	cmd, err := root.ExecuteContextC(ctx)
	return report(errs, cmd, err)
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "munit",
		Short: "Translate pictures between two domains, in many styles, on your own machine",
		Long: `Munit translates pictures between two domains, such as drawings and avatars, in many styles (MUNIT, Huang et al. 2018), and trains models
that do so. Everything is computed on this machine: on its GPU, or on its CPU where there is none.`,
		Example: `  munit translate --model weights/avatars.munit.safetensors --input face.png --output out --styles 6
  munit info weights/avatars.munit.safetensors
  munit train --config config.yaml --data pictures --output out
  munit serve`,
		Version:                    thisProgram().version(),
		Args:                       cobra.ArbitraryArgs,
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				cmd.SetOut(cmd.ErrOrStderr())
				if err := cmd.Help(); err != nil {
					return err
				}
				return wrongUse("for example: munit translate --help", "no verb is given")
			}
			hint := "munit --help lists the verbs"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean munit " + strings.Join(near, ", or munit ") + "?"
			}
			return wrongUse(hint, "%q is not a verb", args[0])
		},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return wrongUse(cmd.CommandPath()+" --help lists the flags with examples", "%s", oneLine(err))
	})
	root.AddCommand(translateCommand(), trainCommand(), convertCommand(), infoCommand(), devicesCommand(), serveCommand(), benchCommand(), doctorCommand(),
		exportCommand(), evalCommand(), manCommand())
	completeFlags(root)
	return root
}

// noMore refuses arguments after the first n.
func noMore(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return wrongUse(cmd.CommandPath()+" --help shows how it is used", "%q is one argument too many", args[n])
		}
		return nil
	}
}

// required is the error of a flag that was left out.
func required(flag, what, example string) error {
	return wrongUse("for example: "+example, "--%s is missing: %s", flag, what)
}

// say writes a line. What it is about may come out of a file, whoever made that: it can neither end the line nor command the terminal.
func say(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, format+"\n", printable.All(args)...)
}

// terminal gives the terminal that w writes to, for what moves the cursor: nothing of a file goes there as it is.
func terminal(w io.Writer) (*os.File, bool) {
	if p, ok := w.(*printable.Writer); ok {
		w = p.To
	}
	f, ok := w.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}
