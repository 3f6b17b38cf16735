// Setup makes a machine ready for the project's tests. See usage, or run it with
// --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
)

const usage = `Setup makes a machine ready for the project's tests. Building needs Go only; the
tests also run a browser and a Vulkan driver, on machines without a GPU as well.

Usage, from the root of the repository:

  go run ./tools/setup            install what is missing
  go run ./tools/setup --all      what "make test-all" needs too: Wine and mingw
  go run ./tools/setup --check    only say what is missing

It looks for

  chromium        $CHROMIUM, or chromium, chromium-browser or google-chrome on the
                  PATH: runs the page and the js/wasm tests
  vulkan loader   libvulkan.so.1 (Linux): how native programs reach a GPU
  vulkan driver   the JSON file of a driver that works here (Linux): Mesa's
                  lavapipe, which needs no GPU, or a GPU with its driver;
                  VK_DRIVER_FILES or VK_ICD_FILENAMES name one by hand
  vulkan layer    the Khronos validation layer (Linux), under which the tests
                  compute: it sees what drivers forgive
  spirv-val       of the SPIR-V tools (Linux): checks what the kernels become
  font            any font (Linux): without one, screenshots show no text
  firefox         $FIREFOX, or firefox-esr or firefox on the PATH (Linux)
  webkitgtk, xvfb WebKitWebDriver with MiniBrowser, and its display (Linux)
  npm             with Node.js (Linux): fetches Deno and Dawn, which the tests run
  arm emulator,   qemu-aarch64-static and a C library for it (Linux): run what is
  arm libc        built for Arm

and installs the packages of the missing ones by apt-get, as root on Debian and
its kin. Elsewhere, or without root, it prints the command. It changes nothing
else, and nothing at all where all parts are there.

Exit status: 0 all parts are there (now); 1 something is missing, or could not be
installed; 2 wrong use.
`

func main() {
	flags := flag.NewFlagSet("setup", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	check := flags.Bool("check", false, "only say what is missing")
	all := flags.Bool("all", false, "what make test-all needs too")
	flags.SetOutput(io.Discard)
	switch err := flags.Parse(os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		return
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
		fallthrough
	case err != nil:
		fmt.Fprintf(os.Stderr, "setup: %v; see --help\n", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	m := machine{goos: runtime.GOOS, uid: os.Getuid(), all: *all}
	if err := setup(ctx, m, *check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
		os.Exit(1)
	}
}

// setup reports m's parts to out, one line each, and installs those that are
// missing, unless check is set. The error says what is missing still, and the
// command that installs it.
func setup(ctx context.Context, m machine, check bool, out io.Writer) error {
	missing := look(m, out)
	if len(missing) == 0 {
		return nil
	}
	if check || !m.canInstall() {
		return fmt.Errorf("missing: %s; %s", names(missing), m.advice(missing))
	}
	if err := install(ctx, missing, out); err != nil {
		return err
	}
	if missing = look(m, out); len(missing) > 0 {
		return fmt.Errorf("still missing after the installation, for the reason above: %s; on Ubuntu, whose chromium is a snap, install Google Chrome instead",
			names(missing))
	}
	return nil
}

// look prints where each part lies and returns the parts that are missing.
func look(m machine, out io.Writer) []part {
	var missing []part
	for _, p := range m.parts() {
		where, err := p.find(m)
		if err != nil {
			fmt.Fprintf(out, "%-14s missing: %v\n", p.name, err)
			missing = append(missing, p)
			continue
		}
		fmt.Fprintf(out, "%-14s %s\n", p.name, where)
	}
	return missing
}

// install runs apt-get, whose own words are the progress report.
func install(ctx context.Context, missing []part, out io.Writer) error {
	for _, args := range aptCommands(missing) {
		fmt.Fprintln(out, "+", strings.Join(args, " "))
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w; see its output above, and run it again by hand", strings.Join(args, " "), err)
		}
	}
	return nil
}

// aptCommands install the packages of missing. Another apt that holds the lock,
// as on a machine that has just started, is waited for.
func aptCommands(missing []part) [][]string {
	const waitForLock = "-oDPkg::Lock::Timeout=120"
	installation := []string{"apt-get", waitForLock, "install", "-y", "--no-install-recommends"}
	return [][]string{
		{"apt-get", waitForLock, "update"},
		append(installation, packages(missing)...),
	}
}

func names(parts []part) string {
	var list []string
	for _, p := range parts {
		list = append(list, p.name)
	}
	return strings.Join(list, ", ")
}

func packages(parts []part) []string {
	var list []string
	for _, p := range parts {
		list = append(list, strings.Fields(p.pkg)...)
	}
	return list
}
