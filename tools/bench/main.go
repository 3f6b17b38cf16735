// Bench measures webmunit beside its peers. See usage, or run it with --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

const usage = `Bench measures webmunit beside onnxruntime-web and PyTorch: the same networks, the same
weights, the same picture, on one machine in one run. It compares the outputs first and
times nothing that disagrees.

Usage, anywhere in the repository (make bench does it):

  GOTOOLCHAIN=go1.27.3 GOEXPERIMENT=simd go run ./tools/bench [flags]

Flags:

  --only PARTS       some of page,start,native,train,devices,layers, with commas; default all
  --runs N           turns of each contender; default 5
  --threads N        of our CPU code, of PyTorch and of onnxruntime-web's WASM; default all cores
  --large            in the page also 128×128 and 256×256 at dim 64, and CycleGAN at 256×256: 36, 142 and 114 GFLOP a picture
  --real-gpu         have Chromium take this machine's GPU instead of the one that it emulates
  --python PROGRAM   a Python with PyTorch; default /usr/bin/python3, Debian's
  --json FILE        write every single time too
  --write FILE       replace the marked section of a document with the report, as in
                     --write docs/benchmarks.md

Parts:

  page     64×64 in one headless Chromium: our module on the GPU and on the CPU, with one thread
           and with all, and onnxruntime-web's WebGPU and WASM providers; picture in, picture out;
           then the CPU on a host without COOP and COEP, where WASM has one thread
  start    the same page from nothing to the first picture, each time in a fresh profile:
           download from this machine, compile, create, translate
  native   256×256 at the paper's size, and CycleGAN at 256×256, on the CPU: our code and PyTorch
  train    an iteration of a training on the CPU: our trainer and PyTorch, whose losses must agree
  devices  our native code on the CPU and on every GPU that WebGPU finds: 64×64, and 256×256
           too on real GPUs
  layers   the layers of the networks one by one on the same devices, beside each device's own
           peak; bin/munit bench measures these two parts without any other program

The report is Markdown on stdout, progress goes to stderr. In its tables "start" is all that
comes before the first picture, "first" is the first picture, and the median, the range and
the number of runs are of the pictures after it. Contenders take turns (A B A B), a quick one
with several runs a turn, so that a slow spell of the machine falls on all of them. Close other
programs: the report says how loaded the machine was when it began.

Part page and start need Chromium (make setup), and fetch onnxruntime-web into the user's cache
folder; parts native and train need PyTorch, installed by apt-get as root on Debian. What is
missing is named before anything is measured.

Exit status: 0 done, 1 failed or outputs disagree, 2 wrong use.
`

// options are what the command line asks for.
type options struct {
	parts   map[string]bool
	runs    int
	threads int
	large   bool
	realGPU bool
	python  string
	json    string
	write   string
	log     io.Writer
}

// parts in the order in which they run.
var parts = []string{"page", "start", "native", "train", "devices", "layers"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v; see --help\n", err)
		return 2
	}
	o.log = stderr
	if err := run(ctx, o, stdout); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted; nothing was written")
		}
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

func parseOptions(args []string) (options, error) {
	o := options{parts: map[string]bool{}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	only := flags.String("only", strings.Join(parts, ","), "")
	flags.IntVar(&o.runs, "runs", 5, "")
	flags.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "")
	flags.BoolVar(&o.large, "large", false, "")
	flags.BoolVar(&o.realGPU, "real-gpu", false, "")
	flags.StringVar(&o.python, "python", "/usr/bin/python3", "")
	flags.StringVar(&o.json, "json", "", "")
	flags.StringVar(&o.write, "write", "", "")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.runs < 1 || o.threads < 1 {
		return o, fmt.Errorf("--runs %d and --threads %d must be at least 1", o.runs, o.threads)
	}
	for name := range strings.SplitSeq(*only, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(parts, name) {
			return o, fmt.Errorf("--only %q is not one of %s", name, strings.Join(parts, ", "))
		}
		o.parts[name] = true
	}
	return o, nil
}

// logf tells what is going on.
func (o options) logf(format string, args ...any) {
	fmt.Fprintf(o.log, "bench: "+format+"\n", args...)
}
