package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// examine runs a device's checks; its error is that of ctx only.
func examine(ctx context.Context, d device, f tuneFlags, progress io.Writer) (patient, error) {
	p := patient{device: d, Variants: []variant{}, Tuned: []gpu.Tuned{}}
	add := func(c check, err error) error {
		p.Checks = append(p.Checks, c)
		return err
	}
	if d.Kind == "cpu" {
		e := cpu.New(cpu.Options{})
		defer e.Close()
		return p, add(wholeNetwork(ctx, e))
	}
	e, err := gpu.Open(ctx, gpu.Options{Name: d.Name, Store: userStore()})
	if err != nil {
		return p, add(outcome("opening it", "", err))
	}
	defer e.Close()
	for _, test := range e.SelfTest(ctx) {
		if err := add(outcome(test.Name, "", test.Err)); err != nil {
			return p, err
		}
	}
	if err := add(wholeNetwork(ctx, e)); err != nil {
		return p, err
	}
	g, err := f.network()
	if err != nil {
		return p, err
	}
	// A variant that fails is no fault of a device that has others: it is off, and named.
	if _, err := e.Prove(ctx, g); err != nil {
		return p, add(outcome("trying the ways to compute convolutions", "", err))
	}
	if f.on {
		if err := add(tune(ctx, e, g, f.budget, progress)); err != nil {
			return p, err
		}
	}
	for _, v := range e.Variants() {
		r := variant{Name: v.Name, State: v.State}
		if v.Err != nil {
			r.Error = oneLine(v.Err)
		}
		p.Variants = append(p.Variants, r)
	}
	p.Tuned = append(p.Tuned, e.Tuned()...)
	return p, nil
}

// maxDifference is how far a picture in [-1, 1] may be from the reference (docs/networks.md, "Tolerances").
const maxDifference = 2e-3

// wholeNetwork has e translate a small picture with weights by formula, and compares with the reference executor's result.
func wholeNetwork(ctx context.Context, e graph.Executor) (check, error) {
	cfg := weights.Config{InputDimA: 3, InputDimB: 3,
		Gen: weights.Gen{Dim: 8, MLPDim: 16, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"}}
	m := formula.Model(cfg, "doctor", "a", "b")
	name := "a whole network"
	reference := cpu.New(cpu.Options{Reference: true})
	defer reference.Close()
	want, err := translateOnce(ctx, reference, m)
	if err != nil {
		return outcome(name, "", err)
	}
	start := time.Now()
	got, err := translateOnce(ctx, e, m)
	if err != nil {
		return outcome(name, "", err)
	}
	took := time.Since(start)
	worst := 0.0
	for i := range want {
		worst = math.Max(worst, math.Abs(float64(got[i])-float64(want[i])))
		if got[i] != got[i] {
			worst = math.NaN()
			break
		}
	}
	if !(worst <= maxDifference) {
		err = fmt.Errorf("differs by %.2g from the reference, allowed are %.2g", worst, maxDifference)
	}
	return outcome(name, fmt.Sprintf("largest difference %.1g, %s with preparation", worst, seconds(took)), err)
}

// translateOnce runs content encoder, MLP and decoder in one graph on a picture of 20×24 by formula: [3·20·24] values in [-1, 1].
func translateOnce(ctx context.Context, e graph.Executor, m *weights.Model) ([]float32, error) {
	g := graph.New()
	b := net.Builder{Graph: g, Config: m.Config}
	content := b.EncodeContent(weights.A, g.Input("image", 1, 3, 20, 24))
	g.Output("image", b.Decode(weights.B, content, b.MLP(weights.B, g.Input("style", 1, m.Config.Gen.StyleDim))))
	params := e.NewParams(m)
	defer params.Close()
	p, err := e.Compile(ctx, g, params)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	out, err := graph.RunOnce(ctx, e, p, g, func(n *graph.Node) ([]float32, error) {
		return formula.Values("doctor", "input", n.Name, []int{1, n.Shape.Elems()}), nil
	})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
