package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// variant is one way to compute convolutions on a GPU, as doctor reports it.
type variant struct {
	Name  string           `json:"name"`
	State gpu.VariantState `json:"state"` // "proved", "off", "absent" or "untried"
	Error string           `json:"error,omitempty"`
}

// tuneFlags say whether doctor tunes, and what for.
type tuneFlags struct {
	on     bool
	budget time.Duration // on each GPU
	model  string
}

// network is all of MUNIT in one graph: a picture of size² pixels, its style and content codes, and a picture made of them.
func network(c weights.Config, size int) *graph.Graph {
	g := graph.New()
	b := net.Builder{Graph: g, Config: c}
	image := g.Input("image", 1, c.InputDim(weights.A), size, size)
	g.Output("style", b.EncodeStyle(weights.B, g.Input("style image", 1, c.InputDim(weights.B), size, size)))
	g.Output("image", b.Decode(weights.B, b.EncodeContent(weights.A, image), b.MLP(weights.B, g.Input("style", 1, c.Gen.StyleDim))))
	return g
}

// paper is the network of the paper's size.
func paper() *graph.Graph {
	return network(weights.Config{InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 64, MLPDim: 256, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 4, PadType: "reflect"}}, 256)
}

// network is that of the model to tune for, or the paper's.
func (f tuneFlags) network() (*graph.Graph, error) {
	if f.model == "" {
		return paper(), nil
	}
	m, err := describeModel(f.model)
	if err != nil {
		return nil, err
	}
	size := runtime.DefaultSize(m.Config, weights.A2B)
	if size == 0 {
		size = 256 // no model says more often that it was trained at
	}
	return network(m.Config, size), nil
}

// tune measures g's convolutions on e. Progress goes to a terminal, if w is one.
func tune(ctx context.Context, e *gpu.Executor, g *graph.Graph, budget time.Duration, w io.Writer) (check, error) {
	var bar *progressbar.ProgressBar
	progress := func(done, total int) {
		if bar == nil {
			bar = newBar(w, total, "tuning")
		}
		if bar != nil {
			_ = bar.Set(done) // a bar that cannot be drawn is no reason to stop
		}
	}
	start := time.Now()
	n, err := e.Tune(ctx, gpu.TuneOptions{Budget: budget, Progress: progress}, g)
	if bar != nil {
		_ = bar.Clear()
	}
	return outcome("tuning", fmt.Sprintf("%s measured in %s", count(n, "shape"), seconds(time.Since(start))), err)
}

func (p patient) printVariants(w io.Writer) {
	if len(p.Variants) == 0 {
		return
	}
	say(w, "  convolutions can be computed by")
	for _, v := range p.Variants {
		say(w, "       %-8s %s", v.State, strings.TrimSuffix(v.Name+": "+v.Error, ": "))
	}
	if len(p.Tuned) == 0 {
		say(w, "  none has been timed yet: munit doctor --tune does")
		return
	}
	say(w, "  fastest here, of what has been timed")
	for _, t := range p.Tuned {
		var others []string
		for _, timing := range t.Times[1:] {
			others = append(others, fmt.Sprintf("%s %s", timing.Variant, precise(timing.Seconds)))
		}
		line := fmt.Sprintf("%-44s %s %s", t.Shape, t.Variant, precise(t.Times[0].Seconds))
		if len(others) > 0 {
			line += " (" + strings.Join(others, ", ") + ")"
		}
		say(w, "       %s", line)
	}
}

// precise is a short time in seconds, for people who compare.
func precise(s float64) string { return fmt.Sprintf("%.3g ms", 1000*s) }

// userStore is where tuning remembers, or nil where a user has no place for it: then every run starts afresh.
func userStore() runtime.Store {
	s, err := runtime.UserStore()
	if err != nil {
		return nil
	}
	return s
}
