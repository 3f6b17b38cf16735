package bench

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/weights"
)

func silent(string, ...any) {}

func contest(reference []float32, turns int) Contest {
	return Contest{Title: "Test", Reference: reference, Turns: turns, Logf: silent}
}

// steady is a contender that always takes took and gives values.
func steady(name, peer string, took time.Duration, out Output, order *[]string) Contender {
	return Contender{
		Name: name, Peer: peer,
		Start: func(context.Context) error { return nil },
		Run: func(context.Context) (time.Duration, error) {
			*order = append(*order, name)
			return took, nil
		},
		Output: func(context.Context) (Output, error) { return out, nil },
	}
}

func TestContendersTakeTurns(t *testing.T) {
	var order []string
	reference := []float32{0, 0.5}
	table, err := contest(reference, 2).Hold(t.Context(), []Contender{
		steady("a", "b", 2*time.Second, Output{Values: []float32{0, 0.501}}, &order),
		steady("b", "", 4*time.Second, Output{Values: []float32{0.005, 0.5}, Pixels: true}, &order),
	})
	require.NoError(t, err)
	assert.Equal(t, "ab ab ab", strings.Join([]string{strings.Join(order[:2], ""), strings.Join(order[2:4], ""), strings.Join(order[4:], "")}, " "))
	a, b := table.Rows[0], table.Rows[1]
	assert.Equal(t, []float64{2, 2}, a.Times)
	assert.Equal(t, 0.5, a.Ratio)
	assert.Zero(t, b.Ratio)
	assert.InDelta(t, 0.001, a.Difference, 1e-6)
	assert.True(t, b.Pixels)
}

func TestWrongOutputIsNotTimed(t *testing.T) {
	for name, out := range map[string]Output{
		"too far":           {Values: []float32{0, 0.5021}},
		"too far in pixels": {Values: []float32{0.0060, 0.5}, Pixels: true},
		"not a number":      {Values: []float32{float32(math.NaN()), 0.5}},
		"too short":         {Values: []float32{0}},
	} {
		var order []string
		_, err := contest([]float32{0, 0.5}, 3).Hold(t.Context(), []Contender{steady("a", "", 1, out, &order)})
		assert.ErrorContains(t, err, "Test: a: the picture is not our native CPU code's, so it was not timed", name)
		assert.Len(t, order, 1, name)
	}
}

func TestReport(t *testing.T) {
	table := Table{Title: "Test, small", Note: "A note.", Rows: []Row{
		{Name: "ours", Peer: "theirs", Start: 0.0123, First: 3, Times: []float64{0.25, 0.2, 1.5}},
		{Name: "theirs", First: 12.34, Times: []float64{0.1, 0.3}, Pixels: true, Difference: 0.0039, Memory: Memory{5 << 20, 3 << 20}},
	}}
	table.Finish()
	r := Report{
		Date:    time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		Machine: Machine{Processor: "P, 2 cores", System: "linux/amd64", Code: "Go", Peers: []string{"Peer 1"}},
		Tables:  []Table{table},
		LeftOut: []LeftOut{{"somebody", "is ill"}},
	}
	layers := LayerTable{Title: "Layers", Peak: 50e9, Rows: []LayerRow{
		{Name: "conv", Count: 16, Kernel: "winograd", FLOPs: 20e9, First: 1, Times: []float64{0.5, 0.2, 0.1}},
		{Name: "norm", Count: 1, Bytes: 3e6, First: 0.1, Times: []float64{0.0003}},
	}}
	layers.finish()
	r.Layers = append(r.Layers, layers)
	var text bytes.Buffer
	require.NoError(t, r.WriteMarkdown(&text))
	assert.Equal(t, `Measured on 2 January 2026, 03:04 UTC.

- P, 2 cores, linux/amd64
- our CPU code: Go
- Peer 1

### Test, small

A note.

|        |   start |  first | median |       min–max | runs | time against peer |  max difference |            memory |
|--------|--------:|-------:|-------:|--------------:|-----:|------------------:|----------------:|------------------:|
| ours   | 12.3 ms | 3.00 s | 250 ms | 200 ms–1.50 s |    3 |     1.25 × theirs |         0.0e+00 |                   |
| theirs |         | 12.3 s | 200 ms | 100 ms–300 ms |    2 |                   | 3.9e-03, 8 bits | 5.0 MiB, live 3.0 |

### Layers

Its peak, measured in the same run: 50 GFLOP/s.

|      | a picture has |  first | median |       min–max | runs |        rate | of peak |   kernel |
|------|--------------:|-------:|-------:|--------------:|-----:|------------:|--------:|---------:|
| conv |          16 × | 1.00 s | 200 ms | 100 ms–500 ms |    3 | 100 GFLOP/s |   200 % | winograd |
| norm |           1 × | 100 ms | 300 µs | 300 µs–300 µs |    1 |     10 GB/s |         |          |

### Left out

- somebody: is ill
`, text.String())
	data, err := r.JSON()
	require.NoError(t, err)
	assert.Contains(t, string(data), `"median": 0.25`)
}

func TestNetworks(t *testing.T) {
	n := M64()
	m := n.Model()
	assert.Equal(t, []weights.Direction{weights.A2B}, m.Directions())
	assert.False(t, m.Has(weights.B.Network(weights.EncStyle)))
	// By hand, from the name "peer/mlp.model.0.fc.weight": the seed and the key, and no model between them.
	v, err := m.Float32s("gen_b.mlp.model.0.fc.weight", []int{128, 8})
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{0.63224729, -0.65589949, 0.70961808}, v[:3], 1e-7)
	values := n.Values()
	for i := range n.Size * n.Size {
		for c := range 3 {
			assert.Equal(t, float32(n.Pixels[4*i+c])/127.5-1, values[c*n.Size*n.Size+i])
		}
	}
}

// A small network through both programs, as every native contender runs it.
func TestNativeContender(t *testing.T) {
	n := NewNetwork("tiny", "golden/tiny", "a", "b", 16, weights.Gen{Dim: 4, MLPDim: 8, NRes: 1})
	reference, err := n.Translate(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, reference, 3*16*16)
	e := &Native{Network: n}
	defer e.Close()
	require.NoError(t, e.Start(t.Context(), n.Model(), CPU(2)))
	_, err = e.Whole(t.Context())
	require.NoError(t, err)
	_, err = e.Again(t.Context())
	require.NoError(t, err)
	out, err := e.Output(t.Context())
	require.NoError(t, err)
	_, err = out.difference(reference)
	assert.NoError(t, err)
}

func TestSlowContendersHaveEnough(t *testing.T) {
	var order []string
	slow := steady("slow", "", 4*time.Second, Output{Values: []float32{0}}, &order)
	table, err := contest([]float32{0}, 6).Hold(t.Context(), []Contender{slow})
	require.NoError(t, err)
	assert.Len(t, table.Rows[0].Times, 3)
}

func TestStatistics(t *testing.T) {
	assert.Equal(t, 2.0, Median([]float64{3, 1, 2}))
	assert.Equal(t, 2.5, Median([]float64{4, 1, 3, 2}))
	assert.Equal(t, 7.0, Median([]float64{7}))
	times := []float64{3, 1, 2}
	Median(times)
	assert.Equal(t, []float64{3, 1, 2}, times, "the order in which they were measured is kept")
	for s, want := range map[float64]string{0.00004: "40.0 µs", 0.0123: "12.3 ms", 0.999: "999 ms", 1: "1.00 s", 12.34: "12.3 s", 123.4: "123 s"} {
		assert.Equal(t, want, seconds(s))
	}
}

// Small pictures and layers on the CPU and an emulated GPU, as munit bench measures them.
func TestDevices(t *testing.T) {
	needs.GPU(t)
	gpus, err := GPUs(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, gpus, "no GPU, not even an emulated one: make setup installs it")
	devices := []Device{CPU(1), gpus[0]}
	n := NewNetwork("tiny", "golden/tiny", "a", "b", 16, weights.Gen{Dim: 4, MLPDim: 8, NRes: 1})
	s := Suite{Devices: devices, Networks: []Network{n}, Threads: 1, Turns: 2, Logf: silent}
	tables, err := s.Pictures(t.Context())
	require.NoError(t, err)
	require.Len(t, tables, 1)
	table := tables[0]
	require.Len(t, table.Rows, 4)
	for i, row := range table.Rows {
		assert.NotEmpty(t, row.Times, row.Name)
		assert.Positive(t, row.Memory.Live, row.Name)
		assert.GreaterOrEqual(t, row.Memory.Arena, row.Memory.Live, row.Name)
		assert.Equal(t, i >= 2, row.Ratio > 0, "%s: only the GPU has a peer", row.Name)
	}
	assert.Equal(t, "webmunit, CPU, another style", table.Rows[3].Peer)
	all, err := s.Layers(t.Context())
	require.NoError(t, err)
	require.Len(t, all, len(devices))
	for _, layers := range all {
		assert.Greater(t, layers.Peak, 1e6)
		require.NotEmpty(t, layers.Rows)
		for _, row := range layers.Rows {
			assert.Len(t, row.Times, 2, row.Name)
			assert.Positive(t, row.Median, row.Name)
			assert.Equal(t, strings.Contains(row.Name, "conv"), row.Share > 0, row.Name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Layers(ctx)
	assert.ErrorIs(t, err, context.Canceled)
}

// Nobody who asks for nothing waits minutes for an emulated GPU.
func TestEmulatedGPUsGetLittle(t *testing.T) {
	real, emulated := Device{}, Device{}
	emulated.Software = true
	for _, n := range Networks() {
		assert.True(t, fits(n, real), n.Title)
		assert.Equal(t, n.Size <= 64, fits(n, emulated), n.Title)
	}
}
