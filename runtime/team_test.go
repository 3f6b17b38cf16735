package runtime_test

import (
	"context"
	"fmt"
	"image"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/optest"
	"github.com/webmunit/webmunit/weights"
)

// crew is a lead and hands on goroutines. Each run has channels of its own, so that nothing is left of one that failed.
type crew struct {
	hands []*runtime.Translator // of ranks 1, ...
	mu    sync.Mutex
	stop  context.CancelFunc
	taken sync.WaitGroup
	runs  int
	dies  int // the last hand dies at this gather of its
}

type rank struct {
	*crew
	rank, ranks int
	links       [][]chan []float32
	ctx         context.Context
	gathered    int
}

func (r *rank) Rank() (int, int) {
	if r.rank == 0 {
		return 0, 1 + len(r.hands)
	}
	return r.rank, r.ranks
}

func (r *rank) Gather(_ context.Context, values []float32, cuts []int) error {
	if r.gathered++; r.rank > 0 && r.gathered == r.dies {
		return fmt.Errorf("killed")
	}
	own := append([]float32{}, values[cuts[r.rank]:cuts[r.rank+1]]...)
	for other := range r.links {
		if other != r.rank {
			r.links[r.rank][other] <- own
		}
	}
	for other := range r.links {
		if other == r.rank {
			continue
		}
		select {
		case part := <-r.links[other][r.rank]:
			copy(values[cuts[other]:cuts[other+1]], part)
		case <-r.ctx.Done():
			return fmt.Errorf("%w: no part came", runtime.ErrTeam)
		}
	}
	return nil
}

func (r *rank) Begin(j runtime.Job, in [][]float32) error {
	r.runs++
	r.ctx, r.stop = context.WithCancel(context.Background())
	ranks := 1 + len(r.hands)
	r.links = make([][]chan []float32, ranks)
	for i := range r.links {
		r.links[i] = make([]chan []float32, ranks)
		for k := range r.links[i] {
			r.links[i][k] = make(chan []float32, 1)
		}
	}
	for i, hand := range r.hands {
		me := teams[hand]
		me.rank, me.ranks, me.links, me.ctx = 1+i, ranks, r.links, r.ctx
		stop, end := r.stop, r.ctx
		r.taken.Go(func() {
			if hand.Take(end, j, in) != nil {
				r.mu.Lock()
				if me.dies > 0 && me.gathered >= me.dies {
					r.dies = 0
					r.hands = r.hands[:len(r.hands)-1]
				}
				r.mu.Unlock()
				stop()
			}
		})
	}
	return nil
}

func (r *rank) Done(err error) {
	if err != nil {
		r.stop()
	}
	r.taken.Wait()
	r.stop()
}

var teams map[*runtime.Translator]*rank

// hire opens a translator with hands.
func hire(t *testing.T, m *weights.Model, hands int) (*runtime.Translator, *rank) {
	c := &crew{}
	teams = map[*runtime.Translator]*rank{}
	open := func(rank *rank) *runtime.Translator {
		tr, err := runtime.Load(t.Context(), m, runtime.Options{Device: runtime.DeviceCPU, Threads: 1, Team: rank})
		require.NoError(t, err)
		t.Cleanup(func() { tr.Close() })
		return tr
	}
	for range hands {
		me := &rank{crew: c}
		hand := open(me)
		teams[hand] = me
		c.hands = append(c.hands, hand)
	}
	lead := &rank{crew: c}
	return open(lead), lead
}

// big has convolutions that are worth sharing.
func big(c *weights.Config) { c.Gen.Dim = 32 }

// TestTeamPictures: a team draws what one draws, the style of a picture included, and does so together.
func TestTeamPictures(t *testing.T) {
	m := model(big)
	one := load(t, m, runtime.DeviceCPU)
	for _, hands := range []int{1, 2} {
		lead, who := hire(t, m, hands)
		img := gradient(40, 33)
		style, err := lead.StyleOf(t.Context(), img, weights.A2B)
		require.NoError(t, err)
		got, err := lead.Translate(t.Context(), img, weights.A2B, style)
		require.NoError(t, err)
		want, err := one.Translate(t.Context(), img, weights.A2B, style)
		require.NoError(t, err)
		require.LessOrEqual(t, optest.MaxLevels(got, want), 1)
		require.Equal(t, 3, who.runs)
		require.Positive(t, who.gathered)
	}
}

// TestTeamDrawsEach: of several styles each rank draws one, by itself, and the last ones are few.
func TestTeamDrawsEach(t *testing.T) {
	m := model(big)
	one := load(t, m, runtime.DeviceCPU)
	var styles []runtime.Style
	for i := range 5 {
		styles = append(styles, one.RandomStyle(1, i))
	}
	draw := func(tr *runtime.Translator) []*image.NRGBA {
		c, err := tr.Encode(t.Context(), gradient(20, 17), weights.A2B)
		require.NoError(t, err)
		defer c.Close()
		all, err := tr.DecodeBatch(t.Context(), c, styles)
		require.NoError(t, err)
		return all
	}
	want := draw(one)
	for hands, lost := range map[int][]int{1: {0, 1}, 2: {0}} { // the last style of five is a picture by all
		for _, dies := range lost {
			lead, who := hire(t, m, hands)
			encoding, err := lead.Encode(t.Context(), gradient(20, 17), weights.A2B)
			require.NoError(t, err)
			require.Equal(t, hands+1, lead.Batch(encoding))
			before := who.gathered
			four, err := lead.DecodeBatch(t.Context(), encoding, styles[:4])
			require.NoError(t, err)
			require.Len(t, four, 4)
			require.Equal(t, 2, who.gathered-before, "a gather for each %d pictures", hands+1)
			if dies > 0 {
				for _, hand := range who.hands {
					teams[hand].gathered = 0
				}
				who.dies = dies
			}
			for i, got := range draw(lead) {
				require.LessOrEqual(t, optest.MaxLevels(got, want[i]), 1, "style %d, %d hands", i, hands)
			}
			require.Len(t, who.hands, hands-dies)
		}
	}
}

// TestTeamLosesARank: a thread that ends in the midst of a picture is left out, and the picture comes.
func TestTeamLosesARank(t *testing.T) {
	m := model(big)
	s := load(t, m, runtime.DeviceCPU).RandomStyle(1, 0)
	want, err := load(t, m, runtime.DeviceCPU).Translate(t.Context(), gradient(32, 32), weights.A2B, s)
	require.NoError(t, err)
	for _, dies := range []int{1, 3} {
		lead, who := hire(t, m, 2)
		who.dies = dies
		got, err := lead.Translate(t.Context(), gradient(32, 32), weights.A2B, s)
		require.NoError(t, err)
		assert.Len(t, who.hands, 1)
		require.LessOrEqual(t, optest.MaxLevels(got, want), 1)
	}
}

// TestTeamAborts: an abort ends the other ranks' work too.
func TestTeamAborts(t *testing.T) {
	lead, who := hire(t, model(big), 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := lead.Translate(ctx, gradient(256, 256), weights.A2B, lead.RandomStyle(1, 0))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	who.taken.Wait()
	_, err = lead.Translate(t.Context(), gradient(32, 32), weights.A2B, lead.RandomStyle(1, 0))
	require.NoError(t, err)
}
