package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

// steady is a contender that always takes took and gives values.
func steady(name, peer string, took time.Duration, out output, order *[]string) contender {
	return contender{
		name: name, peer: peer,
		start: func(context.Context) error { return nil },
		run: func(context.Context) (time.Duration, error) {
			*order = append(*order, name)
			time.Sleep(turnTime) // fills the turn
			return took, nil
		},
		output: func(context.Context) (output, error) { return out, nil },
	}
}

func TestContendersTakeTurns(t *testing.T) {
	var order []string
	reference := []float32{0, 0.5}
	table, err := compete(t.Context(), options{log: io.Discard}, "Test", reference, []contender{
		steady("a", "b", 2*time.Second, output{values: []float32{0, 0.501}}, &order),
		steady("b", "", 4*time.Second, output{values: []float32{0.005, 0.5}, pixels: true}, &order),
	}, 2)
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
	for name, out := range map[string]output{
		"too far":           {values: []float32{0, 0.5021}},
		"too far in pixels": {values: []float32{0.0060, 0.5}, pixels: true},
		"not a number":      {values: []float32{float32(math.NaN()), 0.5}},
		"too short":         {values: []float32{0}},
	} {
		var order []string
		_, err := compete(t.Context(), options{log: io.Discard}, "Test", []float32{0, 0.5}, []contender{steady("a", "", 1, out, &order)}, 3)
		assert.ErrorContains(t, err, "Test: a: the picture is not our native CPU code's, so it was not timed", name)
		assert.Len(t, order, 1, name)
	}
}

func TestReport(t *testing.T) {
	table := Table{Title: "Test, small", Note: "A note.", Rows: []Row{
		{Name: "ours", Peer: "theirs", Start: 0.0123, First: 3, Times: []float64{0.25, 0.2, 1.5}},
		{Name: "theirs", First: 12.34, Times: []float64{0.1, 0.3}, Pixels: true, Difference: 0.0039},
	}}
	table.finish()
	r := Report{
		Date:    time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		Machine: Machine{Processor: "P, 2 cores", System: "linux/amd64", Code: "Go", Peers: []string{"Peer 1"}},
		Tables:  []Table{table},
		LeftOut: []LeftOut{{"somebody", "is ill"}},
	}
	var text bytes.Buffer
	require.NoError(t, r.writeMarkdown(&text))
	assert.Equal(t, `Measured on 2 January 2026, 03:04 UTC.

- P, 2 cores, linux/amd64
- our CPU code: Go
- Peer 1

### Test, small

A note.

|        |   start |  first | median |       min–max | runs | time against peer |  max difference |
|--------|--------:|-------:|-------:|--------------:|-----:|------------------:|----------------:|
| ours   | 12.3 ms | 3.00 s | 250 ms | 200 ms–1.50 s |    3 |     1.25 × theirs |         0.0e+00 |
| theirs |         | 12.3 s | 200 ms | 100 ms–300 ms |    2 |                   | 3.9e-03, 8 bits |

### Left out

- somebody: is ill
`, text.String())
	data, err := r.json()
	require.NoError(t, err)
	assert.Contains(t, string(data), `"median": 0.25`)
}

func TestWriteReplacesOnlyTheSection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(path, []byte("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n"), 0o600))
	require.NoError(t, checkTarget(path))
	for range 2 { // writing again changes nothing more
		require.NoError(t, writeSection(path, []byte("new\n")))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "before\n"+beginMark+"\n\nnew\n\n"+endMark+"\nafter\n", string(text))
	}
	unmarked := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(unmarked, []byte(endMark+beginMark), 0o600))
	assert.ErrorContains(t, checkTarget(unmarked), "no section between")
	assert.ErrorContains(t, checkTarget(filepath.Join(t.TempDir(), "none.md")), "none.md")
}

func TestDocumentHasTheSection(t *testing.T) {
	assert.NoError(t, checkTarget(filepath.Join("..", "..", "docs", "benchmarks.md")))
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{{"--only", "pages"}, {"--only", ""}, {"--runs", "0"}, {"--threads", "-1"}, {"more"}, {"--nope"}} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 2, command(t.Context(), args, &stdout, &stderr), "%v", args)
		assert.Regexp(t, `^bench: .*; see --help\n$`, stderr.String())
		assert.Empty(t, stdout.String())
	}
	var stdout bytes.Buffer
	assert.Equal(t, 0, command(t.Context(), []string{"--help"}, &stdout, io.Discard))
	assert.Equal(t, usage, stdout.String())
}

func TestMissingThingsAreNamedFirst(t *testing.T) {
	goCommand, err := exec.LookPath("go")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Symlink(goCommand, filepath.Join(dir, "go")))
	t.Setenv("PATH", dir) // no apt-get, no npm
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--only", "native", "--python", "/no/python3"}, "/no/python3 has no PyTorch: run `sudo apt-get install"},
		{[]string{"--only", "gpu", "--write", "none.md"}, "--write: open none.md"},
	} {
		var stderr bytes.Buffer
		assert.Equal(t, 1, command(t.Context(), c.args, io.Discard, &stderr))
		assert.Contains(t, stderr.String(), c.want)
	}
	_, err = installORT(t.Context(), options{log: io.Discard}, t.TempDir())
	assert.ErrorContains(t, err, "npm is missing")
}

func TestMissingONNXIsLeftOutByName(t *testing.T) {
	s := &suite{options: options{log: io.Discard}, root: t.TempDir()}
	require.NoError(t, s.findONNX())
	assert.Empty(t, s.onnx)
	require.Len(t, s.report.LeftOut, 1)
	assert.Equal(t, "onnxruntime-web, WebGPU and WASM", s.report.LeftOut[0].Name)
	assert.Contains(t, s.report.LeftOut[0].Why, "--onnx")
	assert.Len(t, s.pageContenders(&browser{}), 2)

	s.options.onnx, s.onnxGiven = filepath.Join(s.root, "none.onnx"), true
	assert.ErrorContains(t, s.findONNX(), "none.onnx")
}

func TestNetworks(t *testing.T) {
	n := m64()
	m := n.model()
	assert.Equal(t, []weights.Direction{weights.A2B}, m.Directions())
	assert.False(t, m.Has(weights.B, weights.EncStyle))
	// By hand, from the name "peer/mlp.model.0.fc.weight": the seed and the key, and no model between them.
	v, err := m.Float32s("gen_b.mlp.model.0.fc.weight", []int{128, 8})
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{0.63224729, -0.65589949, 0.70961808}, v[:3], 1e-7)
	values := n.values()
	for i := range n.size * n.size {
		for c := range 3 {
			assert.Equal(t, float32(n.pixels[4*i+c])/127.5-1, values[c*n.size*n.size+i])
		}
	}
}

// A small network through both programs, as every native contender runs it.
func TestNativeContender(t *testing.T) {
	n := newNetwork("tiny", "golden/tiny", "a", "b", 16, weights.Gen{Dim: 4, MLPDim: 8, NRes: 1})
	reference, err := n.translate(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, reference, 3*16*16)
	e := &native{network: n}
	defer e.close()
	require.NoError(t, e.start(t.Context(), n.model(), openCPU(2)))
	_, err = e.whole(t.Context())
	require.NoError(t, err)
	_, err = e.again(t.Context())
	require.NoError(t, err)
	out, err := e.output(t.Context())
	require.NoError(t, err)
	_, err = out.difference(reference)
	assert.NoError(t, err)
}
