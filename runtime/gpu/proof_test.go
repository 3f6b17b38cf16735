package gpu

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/optable"
	"github.com/webmunit/webmunit/shaders"
)

// spoiltKernel is a kernel whose last word is changed, as by a driver that compiles it wrongly.
type spoiltKernel struct {
	shaders.Kernel
	from, to string
}

func (k spoiltKernel) Label() string { return "spoilt " + k.Kernel.Label() }

func (k spoiltKernel) Source() string { return strings.ReplaceAll(k.Kernel.Source(), k.from, k.to) }

// like is a variant that lowers as the last of the table but runs other kernels.
func like(name string, kernel func(shaders.Kernel) shaders.Kernel) variant {
	last := variants[len(variants)-1]
	return variant{name: name, fits: last.fits, lower: func(n *graph.Node, budget int64) lowered {
		l := last.lower(n, budget)
		for i := range l.steps {
			l.steps[i].kernel = kernel(l.steps[i].kernel)
		}
		return l
	}}
}

// wrong differs from the truth by a thousandth in each element that an activation leaves as it is.
var wrong = like("wrong", func(k shaders.Kernel) shaders.Kernel {
	return spoiltKernel{k, "    return x;", "    return x * 1.001;"}
})

var broken = like("broken", func(k shaders.Kernel) shaders.Kernel {
	return spoiltKernel{k, "fn activate(", "fn deactivate("}
})

// prefer has e use vs before the variants of the table.
func prefer(e *Executor, vs ...variant) { e.choices = &choices{traits: e.choices.traits, extra: vs} }

func oneConv(shape graph.Shape, act graph.Activation) *graph.Graph {
	g := graph.New()
	y := g.Conv(g.Input("x", shape...), g.Param("w", 4, shape[1], 3, 3), nil, graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect})
	g.Output("y", g.Activate(act, y))
	return g
}

func reportOn(t *testing.T, e *Executor, name string) VariantReport {
	t.Helper()
	for _, r := range e.Variants() {
		if r.Name == name {
			return r
		}
	}
	require.Failf(t, "no report", "on %s", name)
	return VariantReport{}
}

func TestVariantsThatFailAreSwitchedOff(t *testing.T) {
	for _, v := range []struct {
		variant
		why string
	}{{wrong, "the device computes something else (NMSE 1e-06"}, {broken, "does not compile"}} {
		t.Run(v.name, func(t *testing.T) {
			e, ctx := open(t), context.Background()
			want, err := e.computeOnce(ctx, oneConv(graph.Shape{1, 2, 5, 7}, 0), scattered{}, e.only(&variants[len(variants)-1]))
			require.NoError(t, err)

			prefer(e, v.variant)
			g := oneConv(graph.Shape{1, 2, 5, 7}, 0)
			assert.Equal(t, []string{v.name}, e.Uses(g))
			assert.Equal(t, VariantUntried, reportOn(t, e, v.name).State)
			c, err := e.decide(ctx, g)
			require.NoError(t, err)
			got, err := e.computeOnce(ctx, g, scattered{}, dispatcher{e.budget(), c}.lower)
			require.NoError(t, err)
			assert.Less(t, optable.NMSE(got, want), 1e-9, "another variant takes its place")

			r := reportOn(t, e, v.name)
			assert.Equal(t, VariantOff, r.State)
			assert.ErrorContains(t, r.Err, v.why)
			assert.ErrorContains(t, r.Err, "a 3×3 convolution, stride 1, reflect padding by 1")
			assert.NotContains(t, e.Uses(g), v.name)
			assert.Equal(t, VariantProved, reportOn(t, e, e.Uses(g)[0]).State)
		})
	}
}

// TestProofsAreOfEachForm: a variant that is right in one form of Conv may be wrong in another, and then goes everywhere.
func TestProofsAreOfEachForm(t *testing.T) {
	e, ctx := open(t), context.Background()
	prefer(e, wrong)
	g := oneConv(graph.Shape{1, 2, 5, 7}, graph.ActRelu) // which does not come by the line that is wrong
	_, err := e.decide(ctx, g)
	require.NoError(t, err)
	assert.Equal(t, []string{"wrong"}, e.Uses(g))

	p, err := e.Compile(ctx, twoConvs(), e.NewParams(values{}))
	require.NoError(t, err)
	defer p.Close()
	assert.Equal(t, VariantOff, reportOn(t, e, "wrong").State)
	for _, c := range p.(*program).plan.calls {
		assert.NotContains(t, c.kernel.Label(), "spoilt", "nor by the node before the one that it fails on")
	}
}

// twoConvs has one Conv that wrong computes right, and then one that it does not.
func twoConvs() *graph.Graph {
	g := graph.New()
	attrs := graph.ConvAttrs{Stride: 1, Pad: 1, Mode: graph.PadReflect}
	x := g.Activate(graph.ActRelu, g.Conv(g.Input("x", 1, 2, 5, 7), g.Param("v", 4, 2, 3, 3), nil, attrs))
	g.Output("y", g.Conv(x, g.Param("w", 4, 4, 3, 3), nil, attrs))
	return g
}

func TestWhatIsAskedForByNameIsNotReplaced(t *testing.T) {
	e := open(t)
	e.choices = &choices{traits: e.choices.traits, forced: "wrong", extra: []variant{wrong}}
	for range 2 {
		_, err := e.Compile(context.Background(), oneConv(graph.Shape{1, 2, 5, 7}, 0), e.NewParams(values{}))
		assert.ErrorContains(t, err, `cannot compute by "wrong": wrong fails on a 3×3 convolution`)
	}
}

// TestProofsRunNoOtherKernels shows that what a proof compiles is what its Conv needs.
func TestProofsRunNoOtherKernels(t *testing.T) {
	e, ctx := open(t), context.Background()
	g := twoConvs()
	_, err := e.decide(ctx, g)
	require.NoError(t, err)
	before := len(e.pipelines)
	p, err := e.Compile(ctx, g, e.NewParams(values{}))
	require.NoError(t, err)
	defer p.Close()
	assert.Len(t, e.pipelines, before)
}

func TestProveTriesAllThatFit(t *testing.T) {
	e := open(t)
	prefer(e, wrong, broken)
	all, err := e.Prove(context.Background(), twoConvs())
	require.NoError(t, err)
	states := map[string]VariantState{}
	for _, r := range all {
		states[r.Name] = r.State
	}
	assert.Equal(t, VariantOff, states["wrong"])
	assert.Equal(t, VariantOff, states["broken"])
	assert.Equal(t, VariantProved, states["direct"])
	assert.Equal(t, VariantUntried, states["phases"], "it fits neither")

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	e = open(t)
	_, err = e.Prove(ended, twoConvs())
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, VariantUntried, reportOn(t, e, "direct").State, "an interruption is no failure")
}

// TestEveryFormIsProved holds the plain loops of proofs and the variants against each other in every form of Conv that the table has.
func TestEveryFormIsProved(t *testing.T) {
	e := open(t)
	for _, c := range optable.Cases() {
		for _, n := range convs(c.Graph()) {
			for _, v := range e.decided().contenders(n) {
				ok, err := e.proved(context.Background(), v, n)
				require.NoError(t, err)
				assert.True(t, ok, "%s: %v", c.Name, reportOn(t, e, v.name).Err)
			}
		}
	}
}
