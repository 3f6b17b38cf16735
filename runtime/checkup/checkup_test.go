package checkup

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/gpu"
	"github.com/webmunit/webmunit/runtime/gpu/validation"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/shaders"
)

func TestMain(m *testing.M) { validation.Main(m) }

// heard is what a checkup tells.
type heard struct {
	info graph.Info
	done []float64
	rows []Row
}

func (h *heard) options(o Options) Options {
	o.Found = func(info graph.Info, _ map[string]uint64) { h.info = info }
	o.Now = func(done float64, _ Part, _ string) { h.done = append(h.done, done) }
	o.Row = func(r Row) { h.rows = append(h.rows, r) }
	return o
}

func (h *heard) of(p Part, s State) (rows []Row) {
	for _, r := range h.rows {
		if r.Part == p && r.State == s {
			rows = append(rows, r)
		}
	}
	return rows
}

// TestCheckup examines the GPU that there is, in too little time.
func TestCheckup(t *testing.T) {
	needs.GPU(t)
	validation.Watch(t)
	var h heard
	began := time.Now()
	const budget = 10 * time.Second
	require.NoError(t, Run(context.Background(), h.options(Options{Budget: budget})), "no WebGPU device: run `make setup`")
	assert.Less(t, time.Since(began), budget+30*time.Second, "what comes at the end of its time is broken off")
	assert.Equal(t, "gpu", h.info.Kind)
	assert.True(t, slices.IsSorted(h.done), "progress goes forward")
	assert.LessOrEqual(t, h.done[len(h.done)-1], 1.0)
	assert.NotEmpty(t, h.of(Golden, Right))
	assert.NotEmpty(t, h.of(Table, Right))
	for _, r := range h.rows {
		assert.NotEqual(t, Wrong, r.State, "%+v", r)
		for name, v := range r.Figures {
			assert.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s: %s", r.Name, name)
		}
	}
	skipped := 0
	for _, p := range Parts() {
		skipped += len(h.of(p, Skipped))
		if p != Tuning {
			assert.NotZero(t, len(h.of(p, Right))+len(h.of(p, Measured))+len(h.of(p, Skipped)), "nothing of %s", p)
		}
	}
	assert.Positive(t, skipped, "10 s are too few on a GPU that is emulated, and what was left out is named")
}

func TestCheckupOfTheCPU(t *testing.T) {
	var h heard
	require.NoError(t, Run(context.Background(), h.options(Options{CPU: true, Budget: time.Hour}))) // all of it, however busy the machine is
	assert.Equal(t, "cpu", h.info.Kind)
	assert.Len(t, h.of(Table, Right), len(optable.Cases()))
	assert.Len(t, h.rows, len(h.of(Table, Right))+len(h.of(Golden, Right)))
}

func TestCheckupEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var h heard
	o := h.options(Options{CPU: true, Budget: time.Minute})
	o.Row = func(Row) { cancel() }
	assert.ErrorIs(t, Run(ctx, o), context.Canceled)
}

func TestNoDeviceIsAnError(t *testing.T) {
	var h heard
	assert.ErrorIs(t, Run(context.Background(), h.options(Options{Device: "no such GPU", Budget: time.Second})), gpu.ErrNoGPU)
}

// shaky is a right executor, but for what spoil does to values that are read from it.
type shaky struct {
	graph.Executor
	reads int
	spoil func(read int, values []float32) error
}

type shakyTensor struct {
	graph.Tensor
	e *shaky
}

func (e *shaky) NewTensor(shape graph.Shape) (graph.Tensor, error) {
	t, err := e.Executor.NewTensor(shape)
	return shakyTensor{t, e}, err
}

func (e *shaky) Compile(ctx context.Context, g *graph.Graph, p graph.Params) (graph.Program, error) {
	prog, err := e.Executor.Compile(ctx, g, p)
	return shakyProgram{prog}, err
}

type shakyProgram struct{ graph.Program }

func (p shakyProgram) Run(ctx context.Context, in, out []graph.Tensor) error {
	return p.Program.Run(ctx, bare(in), bare(out))
}

func bare(tensors []graph.Tensor) []graph.Tensor {
	var all []graph.Tensor
	for _, t := range tensors {
		all = append(all, t.(shakyTensor).Tensor)
	}
	return all
}

func (t shakyTensor) Read(ctx context.Context, values []float32) error {
	t.e.reads++
	if err := t.Tensor.Read(ctx, values); err != nil {
		return err
	}
	return t.e.spoil(t.e.reads, values)
}

// examine runs one part on an executor that is spoiled.
func examine(t *testing.T, part func(*exam, context.Context, *span), spoil func(read int, values []float32) error) *heard {
	t.Helper()
	var h heard
	e := &shaky{Executor: cpu.New(cpu.Options{}), spoil: spoil}
	x := &exam{Options: h.options(Options{CPU: true}), e: e, reference: cpu.New(cpu.Options{Reference: true}), known: map[string][][]float32{}}
	defer x.reference.Close()
	defer e.Close()
	s := &span{x: x, part: Table, width: 1, end: time.Now().Add(time.Minute)}
	part(x, context.Background(), s)
	s.close()
	return &h
}

func TestWhatIsWrongIsFound(t *testing.T) {
	few := func(x *exam, ctx context.Context, s *span) { x.cases(ctx, s, optable.Cases()[:5], optable.MaxNMSE) }
	h := examine(t, few, func(int, []float32) error { return nil })
	assert.Len(t, h.of(Table, Right), 5)
	h = examine(t, few, func(read int, values []float32) error {
		if read == 4 { // the second run of the second case
			values[0] += 0.01
		}
		return nil
	})
	require.Len(t, h.of(Table, Wrong), 1)
	assert.Equal(t, optable.Cases()[1].Name, h.of(Table, Wrong)[0].Name)
	assert.Len(t, h.of(Table, Right), 4)

	h = examine(t, few, func(_ int, values []float32) error {
		values[0] = float32(math.NaN())
		return nil
	})
	require.Len(t, h.of(Table, Wrong), 5)
	assert.Empty(t, h.rows[0].Figures, "JSON has no NaN")

	h = examine(t, few, func(read int, _ []float32) error {
		if read == 4 {
			return graph.ErrDeviceLost
		}
		return nil
	})
	require.Len(t, h.of(Table, Wrong), 1)
	assert.Len(t, h.of(Table, Right), 4, "it goes on with a new device")

	h = examine(t, (*exam).golden, func(_ int, values []float32) error {
		values[len(values)-1] += 0.5
		return nil
	})
	assert.Empty(t, h.of(Table, Right))
	assert.NotEmpty(t, h.of(Table, Wrong))
}

func TestRacesAreSeen(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(read int, values []float32) error
		want  int
	}{
		"none":        {func(int, []float32) error { return nil }, 0},
		"one":         {func(read int, v []float32) error { flip(v, read == 17); return nil }, 1},
		"first":       {func(read int, v []float32) error { flip(v, read == 1); return nil }, raceRuns - 1},
		"every other": {func(read int, v []float32) error { flip(v, read%2 == 0); return nil }, raceRuns / 2},
	} {
		e := &shaky{Executor: cpu.New(cpu.Options{}), spoil: c.spoil}
		got, err := race(context.Background(), e, optable.Cases()[0])
		require.NoError(t, err)
		assert.Equal(t, c.want, got, name)
		require.NoError(t, e.Close())
	}
	_, err := race(context.Background(), &shaky{Executor: cpu.New(cpu.Options{}), spoil: func(int, []float32) error { return errors.New("gone") }}, optable.Cases()[0])
	assert.ErrorContains(t, err, "gone")
	x := exam{finished: map[string]bool{}}
	_, err = x.raceRow([]string{"conv", "merge"}, 3, nil)
	assert.ErrorContains(t, err, "3 of 50 runs on the same input give something else than the first (kernels: conv, merge)")
}

// flip changes the last bit of the last value.
func flip(v []float32, really bool) {
	if really {
		i := len(v) - 1
		v[i] = math.Float32frombits(math.Float32bits(v[i]) ^ 1)
	}
}

// TestEveryKernelIsRaced: what the table, Adam and Peak run is all that there is, but for what a device lacks.
func TestEveryKernelIsRaced(t *testing.T) {
	needs.GPU(t)
	ran := map[string]bool{shaders.Adam{}.Label(): true, shaders.Average{}.Label(): true, shaders.Peak{}.Label(): true}
	for _, variant := range append(gpu.VariantNames(), "") {
		e, err := gpu.Open(context.Background(), gpu.Options{Variant: variant})
		if gpu.Lacks(err) {
			ran[shaders.ConvInt8{Packed: true}.Label()] = true
			continue
		}
		require.NoError(t, err)
		for _, c := range optable.Cases() {
			labels, err := e.Kernels(c.Graph())
			require.NoError(t, err, c.Name)
			for _, l := range labels {
				ran[l] = true
			}
		}
		require.NoError(t, e.Close())
	}
	for _, name := range gpu.KernelNames() {
		assert.True(t, ran[name], "no case of the table runs %s", name)
	}
}
