//go:build !race

// Plain loops of this many convolutions take minutes under the race detector; what it could find here, the smaller tests show it.

package cpu

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
)

// Convolutions of each kind that has a variant of its own, at sizes from the least on, give what plain loops give.
func TestVariantsAgainstReference(t *testing.T) {
	ref := New(Options{Reference: true}).(*executor)
	defer ref.Close()
	r := rand.New(rand.NewPCG(5, 6))
	here := leavesHere(t)
	for _, name := range []string{"phases", "Winograd", "narrow", "direct"} {
		t.Run(name, func(t *testing.T) {
			for i := range 24 {
				g := variantConv(r, name, graph.PadMode(i%3))
				require.NoError(t, g.Err())
				require.Equal(t, name, variantOf(g), describe(g))
				want := execute(t, ref, g)
				for _, l := range here {
					e := New(Options{Threads: 1 + i%3}).(*executor)
					e.leaf = l
					assert.LessOrEqual(t, nmse(execute(t, e, g), want), 1e-11, "case %d, %s: %s", i, l.name, describe(g))
					require.NoError(t, e.Close())
				}
			}
		})
	}
}

// Gradients of convolutions do not depend on the leaf but for rounding, and on the number of threads not at all.
func TestRandomConvGradientsAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	ref := New(Options{Reference: true}).(*executor)
	defer ref.Close()
	here := leavesHere(t)
	for i := range 60 {
		g := randomConv(r)
		if i%5 == 0 {
			g = variantConv(r, "phases", graph.PadMode(i/5%3))
		}
		y := g.Outputs()[0]
		loss := g.ReduceSum(g.Mul(y, g.Param("upstream", y.Shape...)), 0, 0)
		wrt := g.Inputs()
		for _, n := range g.Nodes() {
			if n.Op == graph.OpParam && n.Name != "upstream" {
				wrt = append(wrt, n)
			}
		}
		for k, d := range g.Gradient(loss, wrt) {
			g.Output(fmt.Sprint("gradient ", k), d)
		}
		require.NoError(t, g.Err())
		want := execute(t, ref, g)
		for _, l := range here {
			var first []float32
			for _, threads := range []int{1, 3} {
				e := New(Options{Threads: threads}).(*executor)
				e.leaf = l
				got := execute(t, e, g)
				assert.LessOrEqual(t, nmse(got, want), 1e-11, "case %d, %s: %s", i, l.name, describe(g))
				if first == nil {
					first = got
				}
				assert.Equal(t, first, got, "case %d, %s, %d threads: %s", i, l.name, threads, describe(g))
				require.NoError(t, e.Close())
			}
		}
	}
}
