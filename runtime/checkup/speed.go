package checkup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/shaders"
	munit "github.com/webmunit/webmunit/weights"
)

// sizes are the sides of the pictures that are timed, each if the one before says that there is time for it.
var sizes = []int{64, 128, 256}

// speed measures the device's peak, transfers, and pictures of the paper's network beside the peak.
func (x *exam) speed(ctx context.Context, s *span) {
	s.each(ctx, 1, func(int) string { return "peak" }, func(int) (Row, error) {
		flops, err := x.gpu.Peak(ctx, 500*time.Millisecond)
		x.peak = flops
		x.finished[shaders.Peak{}.Label()] = err == nil // it makes the same sums again and again, and Peak looks at all
		return Row{State: Measured, Figures: map[string]float64{"flops": flops}, Text: "float32 multiplications and additions in registers"}, err
	})
	if x.gpu == nil {
		return
	}
	s.each(ctx, 1, func(int) string { return "transfers" }, func(int) (Row, error) { return x.transfers(ctx) })
	x.pictures(ctx, s, "picture")
	if x.gpu != nil {
		x.Row(Row{Part: s.part, Name: "memory", State: Measured, Figures: map[string]float64{"bytes": float64(x.gpu.Usage().Peak)}, Text: "the most that was allocated at once"})
	}
}

// tuning finds the fastest variants, and times pictures by them.
func (x *exam) tuning(ctx context.Context, s *span) {
	budget := time.Until(s.end) / 3 // of the device's time: proofs, compiling and the pictures come on top
	s.each(ctx, 1, func(int) string { return "variants" }, func(int) (Row, error) {
		began := time.Now()
		size := sizes[len(sizes)-1]
		if x.gpu.Info().Software {
			size = sizes[0]
		}
		n, err := x.gpu.Tune(ctx, gpu.TuneOptions{Budget: budget}, translation(size))
		return Row{State: Measured, Figures: map[string]float64{"shapes": float64(n), "seconds": time.Since(began).Seconds()}}, err
	})
	if x.gpu == nil {
		return
	}
	for _, t := range x.gpu.Tuned() {
		r := Row{Part: s.part, Name: t.Shape.String(), State: Measured, Variant: t.Variant, Figures: map[string]float64{}}
		for _, timing := range t.Times {
			r.Figures[timing.Variant] = timing.Seconds
		}
		x.Row(r)
	}
	x.pictures(ctx, s, "tuned picture")
}

// translation is the paper's network, from a picture of size² pixels and a style code to another.
func translation(size int) *graph.Graph {
	g := graph.New()
	b := net.Builder{Graph: g, Config: munit.Config{InputDimA: 3, InputDimB: 3,
		Gen: munit.Gen{Dim: 64, MLPDim: 256, StyleDim: 8, Activ: "relu", NDownsample: 2, NRes: 4, PadType: "reflect"}}}
	content := b.EncodeContent(munit.A, g.Input("image", 1, 3, size, size))
	g.Output("image", b.Decode(munit.B, content, b.MLP(munit.B, g.Input("style", 1, 8))))
	return g
}

// pictures times translations of growing size.
func (x *exam) pictures(ctx context.Context, s *span, what string) {
	perFLOP := 0.0 // seconds, of the size before
	s.each(ctx, len(sizes), func(i int) string { return fmt.Sprintf("%s %d×%d", what, sizes[i], sizes[i]) }, func(i int) (Row, error) {
		g := translation(sizes[i])
		if need := time.Duration(3 * perFLOP * float64(g.FLOPs()) * float64(time.Second)); time.Now().Add(need).After(s.end) {
			return Row{State: Skipped, Text: fmt.Sprintf("it would take %v", need.Round(time.Second))}, nil
		}
		r, err := x.picture(ctx, g)
		if err == nil {
			perFLOP = r.Figures["seconds"] / float64(g.FLOPs())
		}
		return r, err
	})
}

// picture times g: what comes before the first run, that run, and the median of some more.
func (x *exam) picture(ctx context.Context, g *graph.Graph) (Row, error) {
	began := time.Now()
	params := x.gpu.NewParams(optable.Params{})
	defer params.Close()
	p, err := x.gpu.Compile(ctx, g, params)
	if err != nil {
		return Row{}, err
	}
	defer p.Close()
	start := time.Since(began)
	var in, out []graph.Tensor
	for i, n := range append(g.Inputs(), g.Outputs()...) {
		t, err := x.gpu.NewTensor(n.Shape)
		if err != nil {
			return Row{}, err
		}
		defer t.Close()
		if i == len(g.Inputs()) {
			out = append(out, t)
			break
		}
		if err := t.Write(ctx, optable.Values(n.Name, n.Shape.Elems())); err != nil {
			return Row{}, err
		}
		in = append(in, t)
	}
	pixels := make([]float32, out[0].Shape().Elems())
	var times []float64
	for turn, total := 0, time.Duration(0); turn < 3 || turn < 12 && total < time.Second; turn++ {
		began := time.Now()
		if err := p.Run(ctx, in, out); err != nil {
			return Row{}, err
		}
		if err := out[0].Read(ctx, pixels); err != nil {
			return Row{}, err
		}
		total += time.Since(began)
		times = append(times, time.Since(began).Seconds())
	}
	first, rest := times[0], times[1:]
	slices.Sort(rest)
	median := rest[len(rest)/2]
	figures := map[string]float64{"seconds": median, "first": first, "start": start.Seconds(), "flops": float64(g.FLOPs()) / median, "activations": float64(p.Memory().Arena)}
	if x.peak > 0 {
		figures["peak share"] = figures["flops"] / x.peak
	}
	return Row{State: Measured, Figures: figures}, nil
}

// transfers times moving a tensor to the device and back.
func (x *exam) transfers(ctx context.Context) (Row, error) {
	const elems = 4 << 20 // 16 MiB
	t, err := x.gpu.NewTensor(graph.Shape{elems})
	if err != nil {
		return Row{}, err
	}
	defer t.Close()
	sent, back := make([]float32, elems), make([]float32, elems)
	for i := range sent {
		sent[i] = float32(i)
	}
	var to, from time.Duration
	for range 3 { // the last counts
		began := time.Now()
		if err := t.Write(ctx, sent); err != nil {
			return Row{}, err
		}
		if err := t.Read(ctx, back); err != nil { // writing may return before it is done
			return Row{}, err
		}
		both := time.Since(began)
		began = time.Now()
		if err := t.Read(ctx, back); err != nil {
			return Row{}, err
		}
		from = time.Since(began)
		to = max(both-from, 1)
	}
	if !slices.Equal(sent, back) {
		return Row{}, fmt.Errorf("what comes back is not what was sent")
	}
	return Row{State: Measured, Figures: map[string]float64{"to bytes/s": 4 * elems / to.Seconds(), "from bytes/s": 4 * elems / from.Seconds()}}, nil
}
