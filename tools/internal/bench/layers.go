package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights/formula"
)

// LayerTable has what a device makes of MUNIT's layers, one by one.
type LayerTable struct {
	Title string     `json:"title"`
	Peak  float64    `json:"peak"` // operations a second of the device at best, measured in the same run
	Rows  []LayerRow `json:"rows"`
}

// LayerRow is one layer. Times are in seconds, of one run.
type LayerRow struct {
	Name   string    `json:"name"`
	Count  int       `json:"count"`            // how often a picture has it
	Kernel string    `json:"kernel,omitempty"` // the variant that computed it, where the device has several
	FLOPs  int64     `json:"flops"`            // of the convolution as it is defined, whatever computes it; 0 for norms
	Bytes  int64     `json:"bytes"`            // of its inputs and its output
	Memory Memory    `json:"memory"`
	First  float64   `json:"first"` // the first run, which touches memory for the first time
	Times  []float64 `json:"times"`
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Rate   float64   `json:"rate,omitempty"`  // operations a second, of the median
	Share  float64   `json:"share,omitempty"` // of the peak; Winograd's filtering and folding may pass 1
}

// finish works out what follows from the times.
func (t *LayerTable) finish() {
	for i := range t.Rows {
		r := &t.Rows[i]
		r.Median, r.Min, r.Max = Median(r.Times), slices.Min(r.Times), slices.Max(r.Times)
		r.Rate = float64(r.FLOPs) / r.Median
		if t.Peak > 0 {
			r.Share = r.Rate / t.Peak
		}
	}
}

// Layers measures the layers of the networks on each device: usually of the largest that fits the device.
func (s Suite) Layers(ctx context.Context) ([]LayerTable, error) {
	var tables []LayerTable
	for _, d := range s.Devices {
		networks := s.Networks
		switch {
		case len(networks) > 0:
		case fits(Full(), d):
			networks = []Network{Full()}
		default:
			networks = []Network{M64()}
		}
		for _, n := range networks {
			table, err := s.layers(ctx, d, n.Config.Gen.Dim, n.Size)
			if err != nil {
				return nil, err
			}
			tables = append(tables, table)
		}
	}
	return tables, nil
}

// layers measures those of a generator of width dim at pictures of size×size pixels.
func (s Suite) layers(ctx context.Context, d Device, dim, size int) (LayerTable, error) {
	table := LayerTable{Title: fmt.Sprintf("Layers, dim %d at %d×%d pixels: %s", dim, size, size, d.row())}
	e, err := d.Open(ctx)
	if err != nil {
		return table, err
	}
	defer e.Close()
	s.Logf("layers on %s: its peak", d.Label())
	before, err := d.peak(ctx, e)
	if err != nil {
		return table, err
	}
	all := net.Layers(dim, size)
	for i, l := range all {
		s.Logf("layers on %s: %d of %d: %s", d.Label(), i+1, len(all), l.Name)
		row, err := layer(ctx, e, l, s.Turns)
		if err != nil {
			return table, fmt.Errorf("%s on %s: %w", l.Name, d.Label(), err)
		}
		table.Rows = append(table.Rows, row)
	}
	after, err := d.peak(ctx, e)
	if err != nil {
		return table, err
	}
	table.Peak = max(before, after)
	table.finish()
	return table, nil
}

// chooser is an executor with several ways to compute a convolution.
type chooser interface {
	// Uses names them, in the order of the graph's convolutions.
	Uses(*graph.Graph) []string
}

func layer(ctx context.Context, e graph.Executor, l net.Layer, runs int) (LayerRow, error) {
	g := l.Graph()
	row := LayerRow{Name: l.Name, Count: l.Count, FLOPs: g.FLOPs()}
	if c, ok := e.(chooser); ok {
		for _, name := range c.Uses(g) {
			row.Kernel = name
		}
	}
	b, err := bind(ctx, e, g)
	if err != nil {
		return row, err
	}
	defer b.close()
	row.Bytes, row.Memory = b.bytes, memoryOf(b.program.Memory())
	began := time.Now()
	if err := b.run(ctx, 1); err != nil {
		return row, err
	}
	row.First = time.Since(began).Seconds()
	row.Times, err = b.times(ctx, runs)
	return row, err
}

// bound is a compiled graph with tensors for all that goes in and comes out.
type bound struct {
	program graph.Program
	params  graph.Params
	in, out []graph.Tensor
	tick    graph.Tensor // reading it waits for a GPU
	bytes   int64
}

func bind(ctx context.Context, e graph.Executor, g *graph.Graph) (b *bound, err error) {
	b = &bound{params: e.NewParams(byFormula{})}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.program, err = e.Compile(ctx, g, b.params); err != nil {
		return b, err
	}
	if b.tick, err = e.NewTensor(graph.Shape{1}); err != nil {
		return b, err
	}
	for _, n := range g.Inputs() {
		x, err := e.NewTensor(n.Shape)
		if err != nil {
			return b, err
		}
		b.in = append(b.in, x)
		b.bytes += 4 * int64(n.Shape.Elems())
		if err := x.Write(ctx, values(n.Name, n.Shape)); err != nil {
			return b, err
		}
	}
	for _, n := range g.Outputs() {
		x, err := e.NewTensor(n.Shape)
		if err != nil {
			return b, err
		}
		b.out = append(b.out, x)
		b.bytes += 4 * int64(n.Shape.Elems())
	}
	return b, nil
}

// run runs the program so many times and waits for the last.
func (b *bound) run(ctx context.Context, repetitions int) error {
	for range repetitions {
		if err := b.program.Run(ctx, b.in, b.out); err != nil {
			return err
		}
	}
	return b.tick.Read(ctx, make([]float32, 1))
}

const (
	// sampleTime is how long a sample takes at least, so that starting and waiting do not count for much.
	sampleTime = 20 * time.Millisecond
	mostRuns   = 1000 // of a sample
)

// times gives the time of one run, as so many samples of several runs say it.
func (b *bound) times(ctx context.Context, samples int) (seconds []float64, err error) {
	for repetitions := 1; len(seconds) < samples; {
		began := time.Now()
		if err := b.run(ctx, repetitions); err != nil {
			return nil, err
		}
		took := time.Since(began)
		if took < sampleTime/2 && repetitions < mostRuns { // too short to say anything
			repetitions *= 2
			continue
		}
		seconds = append(seconds, took.Seconds()/float64(repetitions))
	}
	return seconds, nil
}

func (b *bound) close() {
	for _, x := range slices.Concat(b.in, b.out) {
		x.Close()
	}
	if b.tick != nil {
		b.tick.Close()
	}
	if b.program != nil {
		b.program.Close()
	}
	b.params.Close()
}

// byFormula gives every param the values of its name.
type byFormula struct{}

func (byFormula) Float32s(name string, shape []int) ([]float32, error) {
	return values(name, shape), nil
}

func values(name string, shape graph.Shape) []float32 {
	return formula.Values("bench", "", name, shape)
}
