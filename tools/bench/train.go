package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/train"
	"github.com/webmunit/webmunit/tools/internal/bench"
	"github.com/webmunit/webmunit/weights/formula"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

//go:embed train.py
var trainScript string

// step is a training's iteration, on the same pictures and styles again and again: MUNIT's at the size of the avatars' first training.
type step struct {
	config nvlabs.Training
	batch  train.Batch
	exec   graph.Executor
	t      *train.Trainer
	first  train.Losses
}

const (
	stepConfig = `
weight_decay: 0
lr: 0.0002
lr_policy: constant
ema: 0
recon_x_cyc_w: 5
gen: {dim: 16, mlp_dim: 64, style_dim: 8, activ: relu, n_downsample: 2, n_res: 3, pad_type: reflect}
dis: {dim: 48, norm: none, activ: lrelu, n_layer: 3, gan_type: lsgan, num_scales: 3, pad_type: reflect}
input_dim_a: 3
input_dim_b: 3
new_size: 64
`
	stepSeed = "bench"
)

func newStep() (*step, error) {
	c, _, err := nvlabs.ParseTraining([]byte(stepConfig))
	s := &step{config: c}
	for i, domain := range []string{"a", "b"} {
		s.batch.Pictures[i] = formula.Values(stepSeed, "picture", domain+".norm.gamma", []int{3 * 64 * 64}) // this formula is U(0, 1)
		for k, v := range s.batch.Pictures[i] {
			s.batch.Pictures[i][k] = 2*v - 1
		}
		s.batch.DisStyles[i] = formula.Values(stepSeed, "style", domain, []int{1, 8})
		s.batch.GenStyles[i] = s.batch.DisStyles[i]
	}
	return s, err
}

// Float32s gives the weights that both begin with.
func (s *step) Float32s(name string, shape []int) ([]float32, error) {
	network, key, _ := strings.Cut(name, ".")
	return formula.Values(stepSeed, network, key, shape), nil
}

func (s *step) start(ctx context.Context, threads int) (err error) {
	if s.exec, err = bench.CPU(threads).Open(ctx); err != nil {
		return err
	}
	s.t, err = train.New(ctx, s.exec, s.config, s, 1)
	return err
}

func (s *step) run(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	losses, err := s.t.Step(ctx, s.batch, s.first == nil)
	if s.first == nil {
		s.first = losses
	}
	return time.Since(began), err
}

// output is the terms of the first iteration, by name.
func (s *step) output(context.Context) (bench.Output, error) {
	terms := slices.DeleteFunc(slices.Clone(s.first), func(l train.Loss) bool { return strings.HasSuffix(l.Name, "_total") })
	slices.SortFunc(terms, func(a, b train.Loss) int { return strings.Compare(a.Name, b.Name) })
	var o bench.Output
	for _, l := range terms {
		o.Values = append(o.Values, l.Value)
	}
	return o, nil
}

func (s *step) close() {
	if s.t != nil {
		s.t.Close()
	}
	if s.exec != nil {
		_ = s.exec.Close() // all that ran on it is done
	}
}

// torchJob writes the step's inputs into dir, and says to train.py what to do.
func (s *step) torchJob(dir string, threads int) (string, error) {
	inputs, errs := map[string]string{}, []error(nil)
	for i, domain := range []string{"a", "b"} {
		for name, values := range map[string][]float32{"x_": s.batch.Pictures[i], "s_": s.batch.DisStyles[i]} {
			inputs[name+domain] = filepath.Join(dir, name+domain)
			errs = append(errs, writeFloats(inputs[name+domain], values))
		}
	}
	c := s.config
	job, err := json.Marshal(map[string]any{
		"gen": c.Model.Gen, "dis": map[string]int{"dim": c.Model.Dis.Dim, "n_layer": c.Model.Dis.NLayer, "num_scales": c.Model.Dis.NumScales},
		"weights": map[string]float64{"dis": c.GanW, "adv": c.GanW, "recon_x": c.ReconXW, "recon_s": c.ReconSW, "recon_c": c.ReconCW, "cyc_x": c.ReconXCycW},
		"adam":    map[string]float64{"lr": c.LR, "beta1": c.Beta1, "beta2": c.Beta2, "weight_decay": c.WeightDecay},
		"seed":    stepSeed, "size": c.Model.NewSize, "threads": threads, "inputs": inputs,
	})
	return string(job), errors.Join(append(errs, err)...)
}

// training measures an iteration of our trainer beside PyTorch's: all losses of the first must agree.
func (s *suite) training(ctx context.Context) error {
	reference, err := newStep()
	if err != nil {
		return err
	}
	defer reference.close()
	if err := reference.start(ctx, s.threads); err != nil {
		return err
	}
	if _, err := reference.run(ctx); err != nil {
		return err
	}
	want, err := reference.output(ctx)
	if err != nil {
		return err
	}
	ours, err := newStep()
	if err != nil {
		return err
	}
	defer ours.close()
	theirs := &torch{threads: s.threads}
	defer theirs.close()
	return s.add(s.contest("Training, an iteration of MUNIT at 64×64, dim 16, n_res 3, discriminators of dim 48 on three scales", want.Values).Hold(ctx, []bench.Contender{
		{Name: oursCPU, Peer: torchName, Start: func(ctx context.Context) error { return ours.start(ctx, s.threads) }, Run: ours.run, Output: ours.output},
		{Name: torchName, Start: func(ctx context.Context) error {
			return theirs.begin(ctx, s.python, trainScript, func(dir string) (string, error) { return ours.torchJob(dir, s.threads) })
		}, Run: theirs.run("step"), Output: theirs.output},
	}))
}
