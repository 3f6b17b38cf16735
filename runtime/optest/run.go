// Package optest runs the table of ops and the golden vectors (runtime/optable, and larger ones here) as tests: of the CPU, of GPUs and in
// browsers, and as benchmarks.
//
// What it exports may change with any version; runtime and weights are for other modules.
package optest

import (
	"context"
	"embed"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optable"
)

//go:embed testdata
var goldenFiles embed.FS

// Run holds e against the reference executor on every case of the table.
func Run(t *testing.T, e graph.Executor) { RunCases(t, e, optable.Cases()) }

// RunCases holds e against the reference executor on cases.
func RunCases(t *testing.T, e graph.Executor, cases []optable.Case) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { hold(t, c, e, ref, optable.MaxNMSE) })
	}
}

// RunConvs holds e on those cases of the table that it computes by the named variant of its convolutions, of which there must be some, to an NMSE
// of tolerance.
func RunConvs(t *testing.T, e interface {
	graph.Executor
	Uses(*graph.Graph) []string
}, variant string, tolerance float64) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	ran := 0
	for _, c := range optable.ConvsFor(tolerance) {
		if slices.Contains(e.Uses(c.Graph()), variant) {
			ran++
			t.Run(c.Name, func(t *testing.T) { hold(t, c, e, ref, tolerance) })
		}
	}
	require.Positive(t, ran, "no case of the table fits %s", variant)
}

// hold compares the outputs of e with ref's.
func hold(t *testing.T, c optable.Case, e, ref graph.Executor, most float64) {
	require.NoError(t, c.Check(context.Background(), e, Outputs(t, c, ref), most))
}

// Outputs are what c computes on e.
func Outputs(t testing.TB, c optable.Case, e graph.Executor) [][]float32 {
	out, err := c.Outputs(context.Background(), e)
	require.NoError(t, err)
	return out
}

// Golden runs every network of golden vectors name ("tiny", "zero3" or "full") on e.
func Golden(t *testing.T, e graph.Executor, name string) {
	v := LoadGolden(t, name)
	params := e.NewParams(v.Model)
	defer params.Close()
	for _, run := range v.Runs() {
		t.Run(name+"/"+run.Name, func(t *testing.T) { require.NoError(t, v.Check(t.Context(), e, params, run)) })
	}
}

// LoadGolden reads embedded golden vectors, of optable or of this package.
func LoadGolden(t testing.TB, name string) *optable.GoldenVectors {
	load := optable.LoadGolden
	if !slices.Contains(optable.Goldens, name) {
		load = func(name string) (*optable.GoldenVectors, error) { return optable.ReadGolden(goldenFiles, name) }
	}
	v, err := load(name)
	require.NoError(t, err)
	return v
}
