package gpu

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
)

// memory is a Store.
type memory struct {
	data   map[string][]byte
	failed error
}

func newMemory() *memory { return &memory{data: map[string][]byte{}} }

func (m *memory) Load(key string) ([]byte, error) { return m.data[key], m.failed }

func (m *memory) Save(key string, data []byte) error {
	m.data[key] = data
	return m.failed
}

// enough is more time than any test takes, however slow the machine.
var enough = TuneOptions{Budget: time.Minute}

func openWith(t *testing.T, s Store) *Executor {
	t.Helper()
	needs.GPU(t)
	e, err := Open(context.Background(), Options{Store: s})
	require.NoError(t, err, "no adapter for WebGPU: run `make setup`")
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// slowVariant is right, and takes a hundred times as long as it need.
var slowVariant = func() variant {
	last := variants[len(variants)-1]
	return variant{name: "slow", fits: last.fits, lower: func(n *graph.Node, budget int64) lowered {
		l := last.lower(n, budget)
		for range 99 {
			l.steps = append(l.steps, l.steps[0])
		}
		return l
	}}
}()

func TestTuneTakesTheFastest(t *testing.T) {
	e := open(t)
	prefer(e, wrong, slowVariant)
	g := oneConv(graph.Shape{1, 8, 24, 24}, 0)
	var progress [][2]int
	n, err := e.Tune(context.Background(), TuneOptions{Budget: time.Minute, Progress: func(done, total int) { progress = append(progress, [2]int{done, total}) }}, g, g)
	require.NoError(t, err)
	assert.Equal(t, 1, n, "one shape, whoever has it")
	assert.Equal(t, [][2]int{{0, 1}, {1, 1}}, progress)
	require.Len(t, e.Tuned(), 1)
	tuned := e.Tuned()[0]
	assert.Equal(t, "3×3 8→4 on 24×24, reflect", tuned.Shape.String())
	assert.Equal(t, tuned.Variant, tuned.Times[0].Variant)
	assert.Equal(t, []string{tuned.Variant}, e.Uses(g))
	assert.NotEqual(t, "slow", tuned.Variant)
	for i, timing := range tuned.Times {
		assert.Positive(t, timing.Seconds)
		assert.NotEqual(t, "wrong", timing.Variant, "what fails its proof does not compete, fast as it may be")
		if i > 0 {
			assert.GreaterOrEqual(t, timing.Seconds, tuned.Times[i-1].Seconds)
		}
	}
	assert.Equal(t, []string{"slow"}, e.Uses(oneConv(graph.Shape{1, 8, 24, 25}, 0)), "another shape keeps the first that fits and is right")
}

// TestComputedWeightsAreTuned: those of a graph that computes its weights, as in training.
func TestComputedWeightsAreTuned(t *testing.T) {
	e := open(t)
	prefer(e, slowVariant)
	g := graph.New()
	g.Output("y", g.Conv(g.Input("x", 1, 4, 9, 9), g.Input("w", 4, 4, 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1}))
	n, err := e.Tune(context.Background(), enough, g)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Contains(t, e.Tuned()[0].Shape.String(), "weights computed")
}

func TestWhatWasTunedIsRemembered(t *testing.T) {
	ctx, g, store := context.Background(), upsampling(), newMemory()
	e := openWith(t, store)
	n, err := e.Tune(ctx, enough, g)
	require.NoError(t, err)
	require.Equal(t, 2, n)

	// Something else than what was measured shows that what is stored is used.
	key := e.TuningKey()
	e.keep(Tuned{Shape: shapeOf(convs(g)[0]), Variant: "direct", Times: []Timing{{"direct", 1}}})
	require.NoError(t, e.save())
	other := openWith(t, store)
	assert.Equal(t, key, other.TuningKey())
	assert.Equal(t, e.Tuned(), other.Tuned())
	assert.Equal(t, e.Uses(g), other.Uses(g))
	assert.Equal(t, "direct", other.Uses(g)[0], "not the first of the table")
	p, err := other.Compile(ctx, g, other.NewParams(values{}))
	require.NoError(t, err)
	p.Close()

	again := newTuner(other, enough)
	n, err = again.tune(ctx, []*graph.Graph{g})
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.Zero(t, again.jobs, "nothing is timed")
	assert.Empty(t, open(t).Tuned(), "nor remembered without a store")
}

// upsampling has Convs that several variants fit.
func upsampling() *graph.Graph {
	g := graph.New()
	x := g.Conv(g.Upsample(g.Input("x", 1, 16, 6, 6)), g.Param("v", 16, 16, 5, 5), nil, graph.ConvAttrs{Stride: 1, Pad: 2, Mode: graph.PadReflect})
	g.Output("y", g.Conv(x, g.Param("w", 16, 16, 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect}))
	return g
}

func TestDamagedStoresAreEmpty(t *testing.T) {
	store := newMemory()
	e := openWith(t, store)
	shape := shapeOf(convs(upsampling())[0])
	e.keep(Tuned{Shape: shape, Variant: "direct", Times: []Timing{{"direct", 0.25}}})
	require.NoError(t, e.save())
	key, good := e.TuningKey(), string(store.data[e.TuningKey()])
	for what, data := range map[string]string{
		"cut off": good[:len(good)-5], "empty": "", "no JSON": "\x00\xff", "another type": "[1, 2]", "null": "null",
		"an unknown variant": strings.ReplaceAll(good, `"direct"`, `"abacus"`),
		"a negative time":    strings.ReplaceAll(good, "0.25", "-0.25"),
		"no times":           `{"shapes": [{"variant": "direct"}]}`,
	} {
		store.data[key] = []byte(data)
		assert.Empty(t, openWith(t, store).Tuned(), what)
	}
	store.data = map[string][]byte{"another key": []byte(good)}
	assert.Empty(t, openWith(t, store).Tuned(), "of another adapter")
	store.data[key] = []byte(good)
	assert.Len(t, openWith(t, store).Tuned(), 1)

	store.failed = errors.New("the disk is full")
	assert.Empty(t, openWith(t, store).Tuned())
	n, err := openWith(t, store).Tune(context.Background(), enough, upsampling())
	assert.ErrorContains(t, err, "could not be stored: the disk is full")
	assert.Equal(t, 1, n, "it is in use all the same")
}

func TestKeysTellAdaptersApart(t *testing.T) {
	e := open(t)
	keys := map[string]bool{e.TuningKey(): true}
	info := e.info
	e.info.Name += "0"
	keys[e.TuningKey()] = true
	e.info = info
	e.info.Details = append([]string{"driver 2"}, info.Details...)
	keys[e.TuningKey()] = true
	assert.Len(t, keys, 3)
	assert.Regexp(t, "^[0-9a-f]{32}$", e.TuningKey())
}

func TestProgramsShareAStore(t *testing.T) {
	store := newMemory()
	a, b := openWith(t, store), openWith(t, store)
	first, second := shapeOf(convs(upsampling())[0]), shapeOf(convs(upsampling())[1])
	a.keep(Tuned{Shape: first, Variant: "direct", Times: []Timing{{"direct", 1}}})
	require.NoError(t, a.save())
	b.keep(Tuned{Shape: second, Variant: "direct", Times: []Timing{{"direct", 1}}})
	require.NoError(t, b.save())
	assert.Len(t, openWith(t, store).Tuned(), 2, "b keeps what a has found")
}

// TestTuningIsBounded has a clock by which every submit takes 1 ms.
func TestTuningIsBounded(t *testing.T) {
	for _, budget := range []int{1, 5, 20} {
		e := open(t)
		tuner, now := newTuner(e, TuneOptions{Budget: time.Duration(budget) * time.Millisecond}), time.Now()
		tuner.now = func() time.Time {
			now = now.Add(time.Millisecond)
			return now
		}
		n, err := tuner.tune(context.Background(), []*graph.Graph{upsampling()})
		require.NoError(t, err)
		assert.Positive(t, tuner.jobs)
		assert.LessOrEqual(t, tuner.jobs, 2*budget+2, "between two submits, one kernel is prepared at most")
		assert.Less(t, n, 2)
		assert.Len(t, e.Tuned(), n, "a shape that was not finished keeps its default")
	}
}

func TestTuningIsCalledOff(t *testing.T) {
	e := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	tuner := newTuner(e, enough)
	tuner.Turn = func(_ context.Context, job func() error) error {
		if tuner.jobs == 4 {
			cancel()
		}
		return job()
	}
	_, err := tuner.tune(ctx, []*graph.Graph{upsampling()})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 4, tuner.jobs)
	assert.Empty(t, e.Tuned())
	x := tensorOf(t, e, 1, 2)
	assert.Equal(t, []float32{1, 2}, valuesOf(t, x), "the device goes on")

	e.Destroy()
	_, err = e.Tune(context.Background(), enough, upsampling())
	assert.ErrorIs(t, err, graph.ErrDeviceLost)
}
