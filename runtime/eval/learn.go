package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/float16"
	"github.com/webmunit/webmunit/weights/replace"
)

// Lesson is a picture, 3×Side×Side, and its class of each label.
type Lesson struct {
	Picture Picture
	Classes []int
}

// Recipe says how a classifier is trained: Adam with weight decay, the learning rate falling to nothing along a half cosine.
type Recipe struct {
	Labels Labels
	Rounds int // through all lessons
	Batch  int
	Rate   float64
	Seed   uint64
	Source string // a sentence for the file: what the lessons are
}

// Learner trains a classifier.
type Learner struct {
	recipe  Recipe
	program graph.Program
	learned []graph.Learned
	names   []string
	in, out []graph.Tensor // pictures, targets, weights; loss, gradients
	done    int
}

// NewLearner prepares the training, with weights drawn from the recipe's seed.
func NewLearner(ctx context.Context, exec graph.Executor, r Recipe) (l *Learner, err error) {
	g := graph.New()
	n := r.Labels.count()
	x := g.Input("x", r.Batch, channels, Side, Side)
	y := g.Input("y", r.Batch, n)
	all := net.Trainable{Graph: g}
	_, z := classify(g, all.Weight, x, n)
	// Binary cross entropy of each class against all others: softplus(z) − y·z.
	loss := g.ReduceMean(g.Sub(g.Activate(graph.ActSoftplus, z), g.Mul(z, y)))
	g.Output("loss", loss)
	for i, d := range g.Gradient(loss, all.Inputs) {
		g.Output("gradient of "+all.Inputs[i].Name, d)
	}
	l = &Learner{recipe: r}
	defer func() {
		if err != nil {
			l.Close()
			l = nil
		}
	}()
	tensor := func(values []float32, shape ...int) (t graph.Tensor) {
		if err != nil {
			return nil
		}
		if t, err = exec.NewTensor(shape); err == nil && values != nil {
			err = t.Write(ctx, values)
		}
		return t
	}
	l.in = []graph.Tensor{tensor(nil, x.Shape...), tensor(nil, y.Shape...)}
	l.out = []graph.Tensor{tensor(nil, 1)}
	random := rand.New(rand.NewPCG(r.Seed, 0))
	for _, w := range all.Inputs {
		values, zeros := make([]float32, w.Shape.Elems()), make([]float32, w.Shape.Elems())
		if len(w.Shape) > 1 { // Kaiming's deviation; biases start at 0
			deviation := math.Sqrt(2 / float64(w.Shape[1:].Elems()))
			for i := range values {
				values[i] = float32(deviation * random.NormFloat64())
			}
		}
		learned := graph.Learned{Weight: tensor(values, w.Shape...), Gradient: tensor(zeros, w.Shape...), Mean: tensor(zeros, w.Shape...), Variance: tensor(zeros, w.Shape...)}
		l.learned, l.names = append(l.learned, learned), append(l.names, w.Name)
		l.in, l.out = append(l.in, learned.Weight), append(l.out, learned.Gradient)
	}
	if err != nil {
		return l, err
	}
	params := exec.NewParams(nil)
	defer params.Close()
	l.program, err = exec.Compile(ctx, g, params)
	return l, err
}

// Learn goes through lessons as often as the recipe says; step, which may be nil, is told the loss of each batch.
func (l *Learner) Learn(ctx context.Context, exec graph.Executor, lessons []Lesson, step func(done, all int, loss float64)) error {
	r := l.recipe
	perRound := len(lessons) / r.Batch
	if perRound == 0 {
		return fmt.Errorf("%d lessons are less than a batch of %d", len(lessons), r.Batch)
	}
	for round := range r.Rounds {
		order := rand.New(rand.NewPCG(r.Seed, uint64(round)+1)).Perm(len(lessons))
		for b := range perRound {
			loss, err := l.batch(ctx, exec, lessons, order[b*r.Batch:(b+1)*r.Batch], r.Rounds*perRound)
			if err != nil {
				return err
			}
			if step != nil {
				step(l.done, r.Rounds*perRound, loss)
			}
		}
	}
	return nil
}

func (l *Learner) batch(ctx context.Context, exec graph.Executor, lessons []Lesson, which []int, steps int) (float64, error) {
	n := l.recipe.Labels.count()
	x, y := make([]float32, 0, len(which)*channels*Side*Side), make([]float32, len(which)*n)
	for row, i := range which {
		x = append(x, lessons[i].Picture...)
		at := row * n
		for k, class := range lessons[i].Classes {
			y[at+class] = 1
			at += len(l.recipe.Labels[k].Classes)
		}
	}
	if err := l.in[0].Write(ctx, x); err != nil {
		return 0, err
	}
	if err := l.in[1].Write(ctx, y); err != nil {
		return 0, err
	}
	if err := l.program.Run(ctx, l.in, l.out); err != nil {
		return 0, err
	}
	loss := make([]float32, 1)
	if err := l.out[0].Read(ctx, loss); err != nil {
		return 0, err
	}
	rate := l.recipe.Rate * (1 + math.Cos(math.Pi*float64(l.done)/float64(steps))) / 2
	l.done++
	return float64(loss[0]), exec.Adam(ctx, graph.Adam{Rate: rate, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 1e-4, Step: l.done}, l.learned)
}

// Write writes the classifier to path: weights as F16.
func (l *Learner) Write(ctx context.Context, path string) error {
	tensors := map[string]*weights.Tensor{}
	for i, w := range l.learned {
		values := make([]float32, w.Weight.Shape().Elems())
		if err := w.Weight.Read(ctx, values); err != nil {
			return err
		}
		data := make([]byte, 0, 2*len(values))
		for _, v := range values {
			h := float16.Bits(v)
			data = append(data, byte(h), byte(h>>8))
		}
		tensors[l.names[i]] = &weights.Tensor{Shape: w.Weight.Shape(), DType: weights.F16, Data: data}
	}
	labels, err := json.Marshal(l.recipe.Labels)
	if err != nil {
		return err
	}
	meta := map[string]string{"format": classifierFormat, "version": "1", "labels": string(labels), "source": l.recipe.Source}
	return replace.File(path, func(w io.Writer) error {
		_, err := weights.WriteTensors(w, tensors, meta)
		return err
	})
}

// Close frees what is on the device.
func (l *Learner) Close() {
	if l.program != nil {
		l.program.Close()
	}
	for _, t := range append(l.in[:min(len(l.in), 2)], l.out[:min(len(l.out), 1)]...) {
		if t != nil {
			t.Close()
		}
	}
	for _, w := range l.learned {
		for _, t := range w.Tensors() {
			if t != nil {
				t.Close()
			}
		}
	}
}
