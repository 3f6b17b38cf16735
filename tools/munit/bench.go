package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/tools/internal/bench"
)

// benchFlags are what bench is told.
type benchFlags struct {
	device        string
	sizes, parts  []string
	runs, threads int
	json          bool
}

var benchParts = []string{"pictures", "layers"}

func benchCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast this machine translates, and how near that is to what it can do",
		Long: `Bench measures the CPU and every GPU that is found, with weights by formula: it needs no model, no browser and no network. Nothing is
timed before its result has been compared with the CPU's.

Part pictures translates a picture whole, and then in another style, which is the decoder alone. "start" is all that comes before (opening
the device, arranging the weights, compiling), "first" is the first picture; the median and the range are of the pictures after it. Memory is
that of activations, beside the most that are alive at once, below which no plan can go.

Part layers times the networks' layers one by one. Their rate counts convolutions as they are defined, also where Winograd's filtering or
folding does less work, so that it may pass the device's peak, which is measured in the same run by multiplying and adding in registers.

Close other programs: the report says how loaded the machine was before. make bench, in a clone, adds other programs to compare with.`,
		Example: `  munit bench
  munit bench --device cpu --size 64 --runs 10
  munit bench --device nvidia --part layers
  munit bench --json > bench.json`,
		Args: noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.threads == 0 {
				f.threads = runtime.GOMAXPROCS(0)
			}
			return runBench(cmd.Context(), f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.device, "device", "all", "all, cpu, gpu (all GPUs), or a part of a GPU's name")
	flags.StringSliceVar(&f.sizes, "size", nil, "sides of pictures: 16 (at dim 8, to see that it works), 64 (at dim 32), 128, 256 (at dim 64), with commas\n(default: 64, and 256 except on GPUs that the CPU emulates, where it takes minutes)")
	flags.StringSliceVar(&f.parts, "part", benchParts, "pictures, layers")
	flags.IntVar(&f.runs, "runs", 5, "how often each is measured, at least; quick ones more often")
	flags.IntVar(&f.threads, "threads", 0, "threads of the CPU (0: all)")
	flags.BoolVar(&f.json, "json", false, "write JSON, with every single time")
	return cmd
}

func runBench(ctx context.Context, f benchFlags, stdout, stderr io.Writer) error {
	s := bench.Suite{Threads: f.threads, Turns: f.runs, Logf: func(format string, args ...any) { say(stderr, format, args...) }}
	var err error
	if s.Networks, err = f.check(); err != nil {
		return err
	}
	report := bench.Report{Date: time.Now(), Machine: bench.ThisMachine(f.threads, revision())}
	if s.Devices, err = f.devices(ctx, &report); err != nil {
		return err
	}
	if !bench.HasSIMD() {
		report.Machine.Peers = append(report.Machine.Peers, "this build has no SIMD code for the CPU: on amd64, make bin/munit builds one that has")
	}
	if slices.Contains(f.parts, "pictures") {
		if report.Tables, err = s.Pictures(ctx); err != nil {
			return err
		}
	}
	if slices.Contains(f.parts, "layers") {
		if report.Layers, err = s.Layers(ctx); err != nil {
			return err
		}
	}
	if !f.json {
		return report.WriteMarkdown(stdout)
	}
	text, err := report.JSON()
	if err == nil {
		_, err = stdout.Write(text)
	}
	return err
}

// check finds what is wrong with the flags, and the networks that they name.
func (f benchFlags) check() ([]bench.Network, error) {
	const help = "munit bench --help shows how it is used"
	if f.runs < 1 || f.threads < 1 {
		return nil, wrongUse(help, "--runs %d and --threads %d must be at least 1, or --threads 0", f.runs, f.threads)
	}
	if len(f.parts) == 0 {
		return nil, wrongUse(help, "--part is empty: it names pictures, layers or both")
	}
	for _, part := range f.parts {
		if !slices.Contains(benchParts, part) {
			return nil, wrongUse(help, "--part %q is not one of %s", part, strings.Join(benchParts, ", "))
		}
	}
	var networks []bench.Network
	for _, size := range f.sizes {
		all := bench.Networks()
		i := slices.IndexFunc(all, func(n bench.Network) bool { return strconv.Itoa(n.Size) == size })
		if i < 0 {
			return nil, wrongUse(help, "--size %q is not one of 16, 64, 128, 256", size)
		}
		networks = append(networks, all[i])
	}
	return networks, nil
}

// devices are those that --device names. A GPU that cannot be opened is left out by name; the report describes the others.
func (f benchFlags) devices(ctx context.Context, report *bench.Report) ([]bench.Device, error) {
	var devices []bench.Device
	if f.device == "all" || f.device == "cpu" {
		devices = append(devices, bench.CPU(f.threads))
	}
	if f.device == "cpu" {
		return devices, nil
	}
	gpus, err := bench.GPUs(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range gpus {
		if f.device != "all" && f.device != "gpu" && !strings.Contains(strings.ToLower(d.Name), strings.ToLower(f.device)) {
			continue
		}
		e, err := d.Open(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			report.LeftOut = append(report.LeftOut, bench.LeftOut{Name: d.Label(), Why: oneLine(err)})
			continue
		}
		e.Close()
		devices = append(devices, d)
		report.Machine.Peers = append(report.Machine.Peers, describeGPU(d))
	}
	if len(devices) == 0 {
		return nil, failed(fmt.Errorf("there is no device for --device %s", f.device), "munit devices lists what there is, munit doctor tells what is wrong with it")
	}
	return devices, nil
}

func describeGPU(d bench.Device) string {
	text := fmt.Sprintf("GPU: %s, %s", d.Name, d.Backend)
	if d.Software {
		text += ", emulated by the CPU"
	}
	return text
}

// revision names the commit of this build, with a mark if it is not quite that; "" where the build does not know.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	name, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			name = s.Value[:min(len(s.Value), 7)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", with changes"
		}
	}
	if name == "" {
		return ""
	}
	return name + changed
}
