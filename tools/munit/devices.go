package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
)

// device is a GPU adapter or the CPU, as devices and doctor report it.
type device struct {
	Kind     string   `json:"kind"` // "gpu" or "cpu"
	Name     string   `json:"name"`
	Backend  string   `json:"backend"`
	Software bool     `json:"software"` // a GPU emulated by the CPU
	Details  []string `json:"details"`
	Auto     bool     `json:"auto"` // --device auto takes this one
	Why      string   `json:"why,omitempty"`
}

func devicesCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "List what can compute here, and which --device auto takes",
		Long: `Devices lists the GPUs that are found (through Vulkan, Metal or DirectX 12) and the CPU. The star marks what --device auto takes:
a real GPU if there is one. A GPU that is emulated by the CPU computes the same, but slower than webmunit's own code for the CPU.`,
		Example: `  munit devices
  munit devices --json`,
		Args: noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := listDevices(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			printDevices(cmd.OutOrStdout(), list)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// listDevices gives the GPUs, best first, and the CPU. No GPU is no error.
func listDevices(ctx context.Context) ([]device, error) {
	infos, err := gpu.Adapters(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && !errors.Is(err, gpu.ErrNoGPU):
		return nil, fmt.Errorf("the GPUs cannot be listed: %w", err)
	}
	processor := cpu.New(cpu.Options{})
	defer processor.Close()
	var list []device
	for _, info := range append(infos, processor.Info()) {
		list = append(list, device{Kind: info.Kind, Name: info.Name, Backend: info.Backend, Software: info.Software, Details: append([]string{}, info.Details...)})
	}
	markAuto(list)
	return list, nil
}

// markAuto marks what runtime.DeviceAuto takes, as long as the GPU passes its self-test (munit doctor runs it).
func markAuto(list []device) {
	best, processor := &list[0], &list[len(list)-1]
	switch {
	case best.Kind == "gpu" && !best.Software:
		best.Auto, best.Why = true, "a real GPU"
	case best.Kind == "gpu":
		processor.Auto, processor.Why = true, "faster than a GPU that it emulates"
	case !gpu.Built:
		processor.Auto, processor.Why = true, "this build has no GPU"
	default:
		processor.Auto, processor.Why = true, "no GPU was found"
	}
}

func printDevices(w io.Writer, list []device) {
	for _, d := range list {
		mark := " "
		if d.Auto {
			mark = "*"
		}
		say(w, "%s %s", mark, d.line())
		if d.Kind == "cpu" { // whose details are what is amiss; a GPU's limits are for doctor
			for _, detail := range d.Details {
				say(w, "       %s", detail)
			}
		}
	}
}

func (d device) line() string {
	text := fmt.Sprintf("%s  %s (%s)", d.Kind, d.Name, d.Backend)
	if d.Software {
		text += ", emulated by the CPU"
	}
	if d.Auto {
		text += ": auto takes it, " + d.Why
	}
	return text
}

// chosen says what computes, and why if nobody asked for it.
func chosen(info graph.Info, reason string) string {
	text := fmt.Sprintf("computing on the %s: %s (%s)", kindName(info), info.Name, info.Backend)
	if reason != "" && info.Kind == "cpu" {
		text += "; " + reason
	}
	return text
}

func kindName(info graph.Info) string {
	if info.Software {
		return "emulated GPU"
	}
	return strings.ToUpper(info.Kind)
}
