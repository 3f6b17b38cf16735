package checkup

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/shaders"
)

// golden computes the networks whose results are known.
func (x *exam) golden(ctx context.Context, s *span) {
	for _, name := range optable.Goldens {
		v, err := optable.LoadGolden(name)
		if err != nil {
			s.row(ctx, Row{Name: name}, err)
			continue
		}
		runs := v.Runs()
		s.each(ctx, len(runs), func(i int) string { return name + "/" + runs[i].Name }, func(i int) (Row, error) {
			params := x.e.NewParams(v.Model)
			defer params.Close()
			return Row{}, v.Check(ctx, x.e, params, runs[i])
		})
	}
}

// table computes every case by the variants that the device would choose.
func (x *exam) table(ctx context.Context, s *span) {
	x.cases(ctx, s, optable.Cases(), optable.MaxNMSE)
}

// cases computes some cases and compares them with the reference executor.
func (x *exam) cases(ctx context.Context, s *span, all []optable.Case, tolerance float64) {
	s.each(ctx, len(all), func(i int) string { return all[i].Name }, func(i int) (Row, error) {
		c := all[i]
		want, err := x.want(ctx, c)
		if err != nil {
			return Row{}, fmt.Errorf("the reference executor: %w", err)
		}
		got, err := c.Outputs(ctx, x.e)
		if err != nil {
			return Row{}, err
		}
		worst := 0.0
		for k := range want {
			worst = max(worst, optable.NMSE(got[k], want[k])) // NaN, if one is
		}
		return Row{Figures: map[string]float64{"nmse": worst}}, c.Judge(got, want, tolerance)
	})
}

// want is what c should give.
func (x *exam) want(ctx context.Context, c optable.Case) ([][]float32, error) {
	if out, ok := x.known[c.Name]; ok {
		return out, nil
	}
	out, err := c.Outputs(ctx, x.reference)
	if err == nil {
		x.known[c.Name] = out
	}
	return out, err
}

// variants computes the cases that fit each variant by it, and races kernels that nothing else has.
func (x *exam) variants(ctx context.Context, s *span) {
	names := gpu.VariantNames()
	whole := *s
	defer func() {
		s.left, s.of = whole.left, whole.of
		if err := x.open(ctx, ""); err != nil && ctx.Err() == nil {
			s.row(ctx, Row{Name: "opening the device again"}, err)
		}
	}()
	for i, name := range names {
		// Each variant has its share of what is left of the part, for none to take all.
		one := whole
		one.from, one.width = whole.from+whole.width*float64(i)/float64(len(names)), whole.width/float64(len(names))
		one.left, one.of = 0, 0
		if whole.over(ctx) {
			whole.left, whole.of = whole.left+1, whole.of+1
			continue
		}
		x.Now(one.from, s.part, name)
		if err := x.open(ctx, name); err != nil {
			x.variant = name
			r := Row{Name: "opening the device"}
			if gpu.Lacks(err) {
				x.Row(Row{Part: s.part, Name: r.Name, Variant: name, State: Absent, Text: err.Error()})
			} else if ctx.Err() == nil {
				one.row(ctx, r, err)
			}
			continue
		}
		var fit []optable.Case
		for _, c := range optable.ConvsFor(gpu.Tolerance(name)) {
			if slices.Contains(x.gpu.Uses(c.Graph()), name) {
				fit = append(fit, c)
			}
		}
		x.cases(ctx, &one, fit, gpu.Tolerance(name))
		x.raceAll(ctx, &one, fit, x.chosen)
		whole.left, whole.of = whole.left+one.left, whole.of+one.of
	}
}

// raceRuns is how often each program is run in a race.
const raceRuns = 50

// races runs programs that together have every kernel of the table again and again, an update by Adam, and the layers of a network, whose many
// workgroups have more chances to get into each other's way.
func (x *exam) races(ctx context.Context, s *span) {
	s.each(ctx, 1, func(int) string { return "race of adam" }, func(int) (Row, error) {
		different, err := raceAdam(ctx, x.gpu)
		return x.raceRow([]string{shaders.Adam{}.Label(), shaders.Average{}.Label()}, different, err)
	})
	x.raceAll(ctx, s, optable.Cases(), x.chosen)
	if x.gpu == nil {
		return
	}
	dim, size := 64, 128
	if x.gpu.Info().Software {
		dim, size = 16, 32
	}
	var large []optable.Case
	for _, l := range net.Layers(dim, size) {
		large = append(large, optable.Case{Name: l.Name, Build: l.Build})
	}
	x.raceAll(ctx, s, large, map[string]bool{})
}

// raceAll races those cases that have a kernel which raced has not, and adds it.
func (x *exam) raceAll(ctx context.Context, s *span, cases []optable.Case, raced map[string]bool) {
	var chosen []optable.Case
	var kernels [][]string
	for _, c := range cases {
		if x.gpu == nil {
			break
		}
		labels, err := x.gpu.Kernels(c.Graph())
		if err != nil {
			continue // the table says so
		}
		fresh := slices.DeleteFunc(labels, func(l string) bool { return raced[l] })
		if len(fresh) == 0 {
			continue
		}
		for _, l := range fresh {
			raced[l] = true
		}
		chosen, kernels = append(chosen, c), append(kernels, fresh)
	}
	s.each(ctx, len(chosen), func(i int) string { return "race of " + chosen[i].Name }, func(i int) (Row, error) {
		different, err := race(ctx, x.e, chosen[i])
		return x.raceRow(kernels[i], different, err)
	})
}

func (x *exam) raceRow(kernels []string, different int, err error) (Row, error) {
	labels := strings.Join(kernels, ", ")
	if err == nil {
		for _, k := range kernels {
			x.finished[k] = true
		}
	}
	if err == nil && different > 0 {
		err = fmt.Errorf("%d of %d runs on the same input give something else than the first (kernels: %s)", different, raceRuns, labels)
	}
	return Row{Text: labels, Figures: map[string]float64{"runs": raceRuns, "different": float64(different)}}, err
}

// race runs c again and again, and counts the runs whose results are not those of the first to the bit.
func race(ctx context.Context, e graph.Executor, c optable.Case) (different int, err error) {
	var first [][]float32
	err = c.Repeat(ctx, e, raceRuns, func(out [][]float32) error {
		if first == nil {
			first = out
		} else if !sameBits(first, out) {
			different++
		}
		return nil
	})
	return different, err
}

func sameBits(a, b [][]float32) bool {
	return slices.EqualFunc(a, b, func(a, b []float32) bool {
		return slices.EqualFunc(a, b, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
	})
}

// raceAdam updates the same weights from the same start again and again.
func raceAdam(ctx context.Context, e graph.Executor) (different int, err error) {
	var l graph.Learned
	all := []*graph.Tensor{&l.Gradient, &l.Weight, &l.Mean, &l.Variance, &l.Average}
	for _, t := range all {
		if *t, err = e.NewTensor(graph.Shape{300, 211}); err != nil {
			return 0, err
		}
		defer (*t).Close()
	}
	var first [][]float32
	for range raceRuns {
		for i, t := range all {
			values := optable.Values(fmt.Sprint("adam ", i), (*t).Shape().Elems())
			for k, v := range values {
				values[k] = max(v, -v) // a variance is none below 0
			}
			if err := (*t).Write(ctx, values); err != nil {
				return 0, err
			}
		}
		if err := e.Adam(ctx, graph.Adam{Rate: 0.01, Beta1: 0.5, Beta2: 0.999, Eps: 1e-8, Decay: 0.1, Average: 0.9, Step: 3}, []graph.Learned{l}); err != nil {
			return 0, err
		}
		var out [][]float32
		for _, t := range all {
			values := make([]float32, (*t).Shape().Elems())
			if err := (*t).Read(ctx, values); err != nil {
				return 0, err
			}
			out = append(out, values)
		}
		if first == nil {
			first = out
		} else if !sameBits(first, out) {
			different++
		}
	}
	return different, nil
}
