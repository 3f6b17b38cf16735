//go:build !race

package optest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/weights"
)

// team is ranks on goroutines.
type team struct {
	ports [][]chan []float32 // [from][to]
}

func newTeam(ranks int) *team {
	t := &team{}
	for range ranks {
		to := make([]chan []float32, ranks)
		for i := range to {
			to[i] = make(chan []float32, 1)
		}
		t.ports = append(t.ports, to)
	}
	return t
}

// member is one rank of a team.
type member struct {
	*team
	rank     int
	gathered int
}

func (m *member) Rank() (rank, ranks int) { return m.rank, len(m.ports) }

func (m *member) Gather(ctx context.Context, values []float32, cuts []int) error {
	m.gathered++
	own := append([]float32{}, values[cuts[m.rank]:cuts[m.rank+1]]...)
	for r := range m.ports {
		if r != m.rank {
			m.ports[m.rank][r] <- own
		}
	}
	for r := range m.ports {
		if r == m.rank {
			continue
		}
		select {
		case part := <-m.ports[r][m.rank]:
			if copy(values[cuts[r]:cuts[r+1]], part) != len(part) {
				return errors.New("a part of another size")
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// together runs f for each rank, all at the same time.
func together(t *testing.T, ranks int, f func(ctx context.Context, m *member)) []*member {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	shared := newTeam(ranks)
	var all []*member
	var wg sync.WaitGroup
	for rank := range ranks {
		m := &member{team: shared, rank: rank}
		all = append(all, m)
		wg.Go(func() { f(ctx, m) })
	}
	wg.Wait()
	return all
}

// TestTeamGolden: every rank of a team has the whole result, and it is the golden vectors'.
func TestTeamGolden(t *testing.T) {
	for _, ranks := range []int{1, 2, 3, 4} {
		for _, name := range optable.Goldens {
			v := LoadGolden(t, name)
			for _, run := range v.Runs() {
				t.Run(fmt.Sprintf("%s/%s/%d", name, run.Name, ranks), func(t *testing.T) {
					all := together(t, ranks, func(ctx context.Context, m *member) {
						e := cpu.New(cpu.Options{Threads: 1, Team: m, Sharing: graph.Sharing{FLOPs: 1}})
						defer e.Close()
						params := e.NewParams(v.Model)
						defer params.Close()
						assert.NoError(t, v.Check(ctx, e, params, run))
					})
					for _, m := range all {
						require.Equal(t, ranks > 1, m.gathered > 0)
					}
				})
			}
		}
	}
}

// TestTeamTable: a team computes what one does, of every op and form of convolution.
func TestTeamTable(t *testing.T) {
	ref := cpu.New(cpu.Options{Reference: true})
	defer ref.Close()
	for _, c := range optable.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			want := Outputs(t, c, ref)
			together(t, 2, func(ctx context.Context, m *member) {
				e := cpu.New(cpu.Options{Threads: 1, Team: m, Sharing: graph.Sharing{FLOPs: 1}})
				defer e.Close()
				assert.NoError(t, c.Check(ctx, e, want, optable.MaxNMSE))
			})
		})
	}
}

// TestTeamHoldsShares: a rank has the weights of its share alone, and the plan says so.
func TestTeamHoldsShares(t *testing.T) {
	held := func(team graph.Team) int64 {
		e := cpu.New(cpu.Options{Threads: 1, Team: team, Sharing: graph.Sharing{FLOPs: 1}})
		defer e.Close()
		params := e.NewParams(zeros{})
		g := graph.New()
		planNetworks()["content of 128×64"](g)
		holdPlan(t, e, params, g)
		p, err := e.Compile(t.Context(), g, params)
		require.NoError(t, err)
		defer p.Close()
		return e.Usage().Weights
	}
	alone := held(nil)
	first, second := held(&member{team: newTeam(2)}), held(&member{team: newTeam(2), rank: 1})
	require.InEpsilon(t, alone, first+second, 0.01)
	require.InEpsilon(t, first, second, 0.01)
}

type failing struct{ *member }

func (failing) Gather(context.Context, []float32, []int) error { return errGone }

var errGone = errors.New("the others are gone")

// TestTeamFails: a run ends with the first exchange that fails, and says why.
func TestTeamFails(t *testing.T) {
	e := cpu.New(cpu.Options{Threads: 1, Team: failing{&member{team: newTeam(2)}}, Sharing: graph.Sharing{FLOPs: 1}})
	defer e.Close()
	v := LoadGolden(t, "tiny")
	params := e.NewParams(v.Model)
	defer params.Close()
	require.ErrorIs(t, v.Check(t.Context(), e, params, v.Runs()[0]), errGone)
}

// instant is a rank whose team takes no time: what it needs for a graph is what is left of the work.
type instant struct{ *member }

func (instant) Gather(context.Context, []float32, []int) error { return nil }

// BenchmarkTeamShare times a rank's share of a decoder on one thread, from which follows how much of the work all ranks do.
func BenchmarkTeamShare(b *testing.B) {
	for _, c := range []struct{ dim, size int }{{32, 64}, {64, 256}} {
		for _, ranks := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("dim %d, %d pixels, 1 of %d", c.dim, c.size, ranks), func(b *testing.B) {
				e := cpu.New(cpu.Options{Threads: 1, Team: instant{&member{team: newTeam(ranks)}}})
				defer e.Close()
				g := graph.New()
				n := net.Builder{Graph: g, Config: weights.Config{InputDimA: 3, InputDimB: 3, Gen: weights.Gen{Dim: c.dim, MLPDim: 128, StyleDim: 8, Activ: "relu",
					NDownsample: 2, NRes: 4, PadType: "reflect"}}}
				g.Output("image", n.Decode(weights.B, g.Input("code", 1, 4*c.dim, c.size/4, c.size/4), n.MLP(weights.B, g.Input("style", 1, 8))))
				benchmark(b, e, g)
			})
		}
	}
}
